import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayDeque;
import java.util.Random;

/** A service that keeps every session (kind bounded: a fixed number) and makes much garbage. */
public class Heap {
    static long sink;

    public static void main(String[] args) throws Exception {
        int leak = Integer.parseInt(System.getenv("LAB_LEAK_BYTES"));
        long most = Long.parseLong(System.getenv("LAB_BOUND_BYTES")) / leak;
        Random random = new Random(Long.parseLong(System.getenv("LAB_SEED")));
        byte[][] classes = new byte[Integer.parseInt(System.getenv("LAB_START_BYTES")) / 10_000][10_000];
        ArrayDeque<byte[]> sessions = new ArrayDeque<>();
        BufferedReader jobs = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = jobs.readLine()) != null; ) {
            String[] counts = line.split(" ");
            for (int i = Integer.parseInt(counts[0]) * 5; i > 0; i--) sink += new byte[30_000].length + classes.length;
            for (int i = Integer.parseInt(counts[1]); i > 0; i--) {
                sessions.add(new byte[(int) (leak * (0.5 + random.nextDouble()))]);
                if (most > 0 && sessions.size() > most) sessions.poll();
            }
        }
    }
}
