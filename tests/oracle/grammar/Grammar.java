import io.github.melin.superior.parser.oracle.antlr4.OracleLexer;
import io.github.melin.superior.parser.oracle.antlr4.OracleParser;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.antlr.v4.runtime.BaseErrorListener;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.Recognizer;
import org.antlr.v4.runtime.atn.PredictionMode;

/** Reads statements, one a line in Base64; answers for each a line: empty, or why the grammar refuses it. */
public final class Grammar {
    private static final class Complaint extends BaseErrorListener {
        private String first = "";

        @Override
        public void syntaxError(Recognizer<?, ?> from, Object symbol, int line, int at, String message, RecognitionException cause) {
            if (first.isEmpty()) {
                first = line + ":" + at + " " + message.replaceAll("\\s+", " ");
            }
        }
    }

    /** The grammar knows its words in capitals only; texts and quoted names stay as they are. */
    static String capitals(String statement) {
        StringBuilder written = new StringBuilder();
        char quote = 0;
        for (char letter : statement.toCharArray()) {
            if (quote == 0 && (letter == '\'' || letter == '"')) {
                quote = letter;
            } else if (letter == quote) {
                quote = 0;
            }
            written.append(quote == 0 ? Character.toUpperCase(letter) : letter);
        }
        return written.toString();
    }

    static String complaint(String statement) {
        // The quick way may refuse what is right: only the thorough way's refusal counts.
        String quick = complaint(statement, PredictionMode.SLL);
        return quick.isEmpty() ? quick : complaint(statement, PredictionMode.LL);
    }

    private static String complaint(String statement, PredictionMode mode) {
        Complaint complaint = new Complaint();
        OracleLexer lexer = new OracleLexer(CharStreams.fromString(capitals(statement)));
        lexer.removeErrorListeners();
        lexer.addErrorListener(complaint);
        OracleParser parser = new OracleParser(new CommonTokenStream(lexer));
        parser.removeErrorListeners();
        parser.addErrorListener(complaint);
        parser.getInterpreter().setPredictionMode(mode);
        parser.sql_script();
        return complaint.first;
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            answers.println(complaint(new String(Base64.getDecoder().decode(line), StandardCharsets.UTF_8)));
        }
    }

    private Grammar() {}
}
