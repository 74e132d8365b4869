package chirrup;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.json.JSONArray;
import org.json.JSONObject;

/** Somebody with an account. */
record Person(Chirrup server, String username, String id, String token) {
    private static final AtomicInteger COUNT = new AtomicInteger();

    /** Registers somebody whose name begins like this. */
    static Person register(Chirrup server, String name) throws IOException, InterruptedException {
        String username = name + "-" + COUNT.incrementAndGet();
        JSONObject account = new JSONObject()
                .put("username", username)
                .put("email", username + "@example.com")
                .put("password", "correct horse battery");
        JSONObject answer = server.post("/api/auth/register", null, account, 201);
        return new Person(server, username, answer.getJSONObject("user").getString("_id"), answer.getString("token"));
    }

    /** Creates a group with these others; its id. */
    String createGroup(String name, Person... others) throws IOException, InterruptedException {
        JSONArray participants = new JSONArray();
        for (Person other : others) {
            participants.put(other.id);
        }
        JSONObject group = new JSONObject().put("type", "group").put("name", name).put("participants", participants);
        JSONObject answer = server.post("/api/conversations", token, group, 201);
        return answer.getJSONObject("conversation").getString("_id");
    }

    /** The newest messages of a conversation, the oldest of them first. */
    JSONArray history(String conversationId) throws IOException, InterruptedException {
        return server.get("/api/conversations/" + conversationId + "/messages", token).getJSONArray("messages");
    }
}
