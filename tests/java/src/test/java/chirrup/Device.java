package chirrup;

import io.socket.client.Ack;
import io.socket.client.IO;
import io.socket.client.Socket;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.json.JSONObject;

/** A connection of the Java client; what it gets waits in a queue per event. */
final class Device implements AutoCloseable {
    private static final int TIMEOUT_SECONDS = 10;

    private final Socket socket;
    private final Map<String, BlockingQueue<Object>> events = new ConcurrentHashMap<>();

    /** Begins to connect over these transports, with this as {@code auth}. */
    Device(Chirrup server, Map<String, String> auth, String... transports) {
        IO.Options options = IO.Options.builder()
                .setForceNew(true)
                .setReconnection(false)
                .setTransports(transports)
                .setAuth(auth)
                .build();
        socket = IO.socket(server.url(), options);
        for (String event : new String[] {Socket.EVENT_CONNECT, Socket.EVENT_CONNECT_ERROR}) {
            socket.on(event, arguments -> queue(event).add(arguments.length == 0 ? "" : arguments[0]));
        }
        socket.onAnyIncoming(arguments -> queue((String) arguments[0]).add(arguments[1]));
        socket.connect();
    }

    /** A device of this person's that is connected. */
    static Device of(Person person, String... transports) throws InterruptedException {
        Device device = new Device(person.server(), Map.of("token", person.token()), transports);
        device.next(Socket.EVENT_CONNECT);
        return device;
    }

    /** Why the server refuses the connection. */
    String refusal() throws InterruptedException {
        return ((JSONObject) next(Socket.EVENT_CONNECT_ERROR)).getString("message");
    }

    boolean connected() {
        return socket.connected();
    }

    /** Sends an event; its acknowledgement. */
    JSONObject send(String event, Object payload) throws Exception {
        CompletableFuture<Object> answer = new CompletableFuture<>();
        Ack ack = arguments -> answer.complete(arguments[0]);
        socket.emit(event, payload, ack);
        return (JSONObject) answer.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    /** The next event of this name. */
    JSONObject gets(String event) throws InterruptedException {
        return (JSONObject) next(event);
    }

    /** How many events of this name nobody asked for yet. */
    int waiting(String event) {
        return queue(event).size();
    }

    @Override
    public void close() {
        socket.close();
    }

    private Object next(String event) throws InterruptedException {
        Object payload = queue(event).poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        if (payload == null) {
            throw new AssertionError("no " + event + " within " + TIMEOUT_SECONDS + " s, but " + events);
        }
        return payload;
    }

    private BlockingQueue<Object> queue(String event) {
        return events.computeIfAbsent(event, name -> new LinkedBlockingQueue<>());
    }
}
