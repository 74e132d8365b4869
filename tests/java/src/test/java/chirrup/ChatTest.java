package chirrup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.json.JSONObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A chat as Java and Android programs have it. */
@Timeout(30)
class ChatTest {
    @TempDir
    private static Path directory;

    private static Chirrup server;

    @BeforeAll
    static void start() throws Exception {
        server = new Chirrup(directory);
    }

    @AfterAll
    static void stop() throws Exception {
        server.stop();
    }

    static Stream<Arguments> transports() {
        return Stream.of(new String[] {"websocket"}, new String[] {"polling"}, new String[] {"polling", "websocket"})
                .map(transports -> Arguments.of((Object) transports));
    }

    @ParameterizedTest
    @MethodSource("transports")
    void directMessages(String[] transports) throws Exception {
        Person ann = Person.register(server, "ann");
        Person bob = Person.register(server, "bob");
        try (Device phone = Device.of(ann, transports);
                Device laptop = Device.of(ann, transports);
                Device bobs = Device.of(bob, transports)) {
            JSONObject payload = direct(bob, "hi \uD83D\uDC26").put("clientId", "c1");
            JSONObject ack = accepted(phone.send("send_direct_message", payload));
            JSONObject message = ack.getJSONObject("message");
            assertEquals("delivered", ack.getString("status"));
            assertEquals(1, message.getInt("seq"));
            assertEquals("hi \uD83D\uDC26", message.getString("content"));

            assertSent(message, ann, bobs.gets("new_message"));
            assertSent(message, ann, laptop.gets("message_sent"));

            JSONObject again = accepted(laptop.send("send_direct_message", payload));
            assertEquals(message.getString("_id"), again.getJSONObject("message").getString("_id"));
            accepted(bobs.send("send_direct_message", direct(ann, "and to you")));
            assertEquals("and to you", content(phone.gets("new_message")));
            assertEquals(0, bobs.waiting("new_message"), "a repeated send made another message");
            assertEquals(0, phone.waiting("message_sent"), "the sending device was told of its own message");

            JSONObject mark = new JSONObject().put("messageId", message.getString("_id"));
            accepted(bobs.send("mark_as_read", mark));
            for (Device device : List.of(phone, laptop)) {
                JSONObject read = device.gets("message_read");
                assertEquals(message.getString("_id"), read.getString("messageId"));
                assertEquals(bob.id(), read.getString("readBy"));
            }

            var history = bob.history(message.getString("conversationId"));
            assertEquals(2, history.length());
            assertEquals(message.getString("_id"), history.getJSONObject(0).getString("_id"));
        }
    }

    @ParameterizedTest
    @MethodSource("transports")
    void groupMessages(String[] transports) throws Exception {
        Person ann = Person.register(server, "ann");
        Person bob = Person.register(server, "bob");
        Person stranger = Person.register(server, "carol");
        String group = ann.createGroup("Friends", bob);
        try (Device anns = Device.of(ann, transports);
                Device bobs = Device.of(bob, transports);
                Device strangers = Device.of(stranger, transports)) {
            for (int number = 1; number <= 20; number++) {
                Device sender = number % 2 == 0 ? anns : bobs;
                JSONObject ack = accepted(sender.send("send_group_message", toGroup(group, "no. " + number)));
                assertEquals(number, ack.getJSONObject("message").getInt("seq"));
            }
            for (Device device : List.of(anns, bobs)) {
                for (int number = 1; number <= 20; number++) {
                    JSONObject event = device.gets("new_group_message");
                    assertEquals(group, event.getString("conversationId"));
                    assertEquals("no. " + number, content(event));
                }
            }
            JSONObject refused = strangers.send("send_group_message", toGroup(group, "let me in"));
            assertRefused(refused, "Not a member", "not_a_member");
            assertEquals(0, strangers.waiting("new_group_message"));
        }
    }

    @ParameterizedTest
    @MethodSource("transports")
    void aWrongPayloadIsRefused(String[] transports) throws Exception {
        Person ann = Person.register(server, "ann");
        try (Device device = Device.of(ann, transports)) {
            JSONObject query = new JSONObject().put("recipientId", new JSONObject().put("$ne", JSONObject.NULL));
            for (Object payload : new Object[] {query, "text", 7, JSONObject.NULL, new byte[] {1, 2}}) {
                JSONObject ack = device.send("send_direct_message", payload);
                assertFalse(ack.getBoolean("success"));
                assertEquals("invalid_payload", ack.getString("code"));
            }
            assertTrue(device.connected());
        }
    }

    @ParameterizedTest
    @MethodSource("transports")
    void aRefusedConnectionSaysWhy(String[] transports) throws Exception {
        try (Device without = new Device(server, Map.of(), transports);
                Device wrong = new Device(server, Map.of("token", "garbage"), transports)) {
            assertEquals("No token provided", without.refusal());
            assertEquals("Authentication failed", wrong.refusal());
            assertFalse(without.connected() || wrong.connected());
        }
    }

    @ParameterizedTest
    @MethodSource("transports")
    void presence(String[] transports) throws Exception {
        Person ann = Person.register(server, "ann");
        Person bob = Person.register(server, "bob");
        try (Device watcher = Device.of(bob, transports)) {
            Device.of(ann, transports).close();
            assertEquals(ann.username(), next(watcher, "user_online", ann).getString("username"));
            assertTrue(next(watcher, "user_offline", ann).has("lastSeen"));
        }
    }

    /** The next such event about this person; others of the server's users come and go too. */
    private static JSONObject next(Device device, String event, Person person) throws InterruptedException {
        while (true) {
            JSONObject payload = device.gets(event);
            if (payload.getString("userId").equals(person.id())) {
                return payload;
            }
        }
    }

    private static JSONObject direct(Person recipient, String content) {
        return new JSONObject().put("recipientId", recipient.id()).put("content", content);
    }

    private static JSONObject toGroup(String conversationId, String content) {
        return new JSONObject().put("conversationId", conversationId).put("content", content);
    }

    private static String content(JSONObject event) {
        return event.getJSONObject("message").getString("content");
    }

    private static void assertSent(JSONObject message, Person sender, JSONObject event) {
        assertEquals(message.getString("conversationId"), event.getString("conversationId"));
        JSONObject came = event.getJSONObject("message");
        assertEquals(message.getString("_id"), came.getString("_id"));
        assertEquals(sender.username(), came.getJSONObject("sender").getString("username"));
    }

    private static JSONObject accepted(JSONObject ack) {
        assertTrue(ack.getBoolean("success"), ack::toString);
        return ack;
    }

    private static void assertRefused(JSONObject ack, String error, String code) {
        assertFalse(ack.getBoolean("success"), ack::toString);
        assertEquals(error, ack.getString("error"));
        assertEquals(code, ack.getString("code"));
    }
}
