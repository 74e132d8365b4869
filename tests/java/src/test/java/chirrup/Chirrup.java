package chirrup;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.json.JSONObject;

/** The binary, with a data directory and a port of its own. */
final class Chirrup {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(15);

    private final HttpClient http = HttpClient.newHttpClient();
    private final Path log;
    private final Process process;
    private final URI url;

    /** Starts it and waits until it is ready; what it stores goes into the directory. */
    Chirrup(Path directory) throws IOException, InterruptedException {
        int port = freePort();
        url = URI.create("http://127.0.0.1:" + port);
        log = directory.resolve("output.log");
        ProcessBuilder builder = new ProcessBuilder(System.getenv("CHIRRUP_BIN"));
        builder.directory(directory.toFile()).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().keySet().retainAll(Set.of("PATH"));
        builder.environment().putAll(Map.of(
                "HOST", "127.0.0.1",
                "PORT", Integer.toString(port),
                "DATA_DIR", directory.resolve("data").toString(),
                "LIMIT_SIGN_IN", "off",
                "PRESENCE_GRACE", "100ms"));
        process = builder.start();
        // A build that is cut short does not stop it.
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        waitUntilReady();
    }

    URI url() {
        return url;
    }

    /** Posts JSON; the JSON of the answer, which has to have this status. */
    JSONObject post(String route, String token, JSONObject body, int status) throws IOException, InterruptedException {
        HttpRequest.Builder request = request(route, token).POST(BodyPublishers.ofString(body.toString()));
        return answer(request.header("Content-Type", "application/json"), status);
    }

    /** Gets the JSON at this route. */
    JSONObject get(String route, String token) throws IOException, InterruptedException {
        return answer(request(route, token).GET(), 200);
    }

    /** Ends it; it has to leave by itself and in good order. */
    void stop() throws IOException, InterruptedException {
        process.destroy();
        boolean ended = process.waitFor(12, TimeUnit.SECONDS);
        process.destroyForcibly();
        if (!ended || process.exitValue() != 0) {
            throw new IllegalStateException("the server did not end well\n" + Files.readString(log));
        }
    }

    private void waitUntilReady() throws IOException, InterruptedException {
        long end = System.nanoTime() + START_TIMEOUT.toNanos();
        while (System.nanoTime() < end && process.isAlive()) {
            try {
                answer(request("/readyz", null).GET(), 200);
                return;
            } catch (IOException | AssertionError notYet) {
                Thread.sleep(20);
            }
        }
        process.destroyForcibly();
        throw new IllegalStateException("the server did not start\n" + Files.readString(log));
    }

    private HttpRequest.Builder request(String route, String token) {
        HttpRequest.Builder request = HttpRequest.newBuilder(url.resolve(route)).timeout(Duration.ofSeconds(10));
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }

    private JSONObject answer(HttpRequest.Builder request, int status) throws IOException, InterruptedException {
        var response = http.send(request.build(), BodyHandlers.ofString());
        if (response.statusCode() != status) {
            throw new AssertionError(response.uri() + ": " + response.statusCode() + " " + response.body());
        }
        return new JSONObject(response.body());
    }

    private static int freePort() throws IOException {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return listener.getLocalPort();
        }
    }
}
