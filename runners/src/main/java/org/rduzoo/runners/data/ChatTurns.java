package org.rduzoo.runners.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rduzoo.runners.chat.ChatTemplate;
import org.rduzoo.runners.data.PairReader.Pair;
import org.rduzoo.samba.UserError;

/// Puts a chat template around the pairs of a conversation, so that each text holds what the template writes around it
/// as well: what stands before a question goes to the prompt, what ends an answer to the completion.
///
/// The template is given stand-ins for the texts, for it may not change them, and nothing in a text may pass for part
/// of the template.
///
/// @param variables the special tokens that templates name, as in `bos_token`
record ChatTurns(ChatTemplate template, Map<String, Object> variables) {

    private static final String PROMPT = "<prompt_placeholder>";
    private static final String COMPLETION = "<completion_placeholder>";
    private static final Pattern STAND_IN = Pattern.compile(PROMPT + "|" + COMPLETION);

    /// The same pairs with what belongs around them.
    ///
    /// @throws UserError when the template takes no such conversation, or leaves a text out
    List<Pair> around(List<Pair> pairs) {
        List<Map<String, Object>> messages = new ArrayList<>();
        for (int i = 0; i < pairs.size(); i++) {
            messages.add(Map.of("role", "user", "content", PROMPT));
            messages.add(Map.of("role", "assistant", "content", COMPLETION));
        }
        List<String> between = between(template.render(messages, variables), 2 * pairs.size());
        String opening = between.getFirst();
        String closing = between.getLast();
        List<Pair> turns = new ArrayList<>();
        String before = opening;
        for (int i = 0; i < pairs.size(); i++) {
            Pair pair = pairs.get(i);
            String prompt = before + pair.prompt() + between.get(2 * i + 1);
            String rest = between.get(2 * i + 2);
            int cut = i == pairs.size() - 1 ? rest.length() : endOfTurn(rest, opening, closing);
            turns.add(new Pair(prompt, pair.completion() + rest.substring(0, cut), pair.category()));
            before = rest.substring(cut);
        }
        return turns;
    }

    /// What the template wrote before, between and after the stand-ins.
    private static List<String> between(String text, int standIns) {
        List<String> between = new ArrayList<>();
        Matcher found = STAND_IN.matcher(text);
        int from = 0;
        while (found.find()) {
            if (!found.group().equals(between.size() % 2 == 0 ? PROMPT : COMPLETION)) {
                throw changed();
            }
            between.add(text.substring(from, found.start()));
            from = found.end();
        }
        between.add(text.substring(from));
        if (between.size() != standIns + 1) {
            throw changed();
        }
        return between;
    }

    private static UserError changed() {
        return new UserError(
                "the chat template does not give each prompt and completion once and in order, so it cannot "
                        + "be told which tokens are whose. Prepare the data without --apply-chat-template.");
    }

    /// How much of what stands between an answer and the next question ends the answer. The question begins as the
    /// first one does, unless that one has a system message before it: then the answer ends as the last one does.
    private static int endOfTurn(String rest, String opening, String closing) {
        if (rest.endsWith(opening)) {
            return rest.length() - opening.length();
        }
        return rest.startsWith(closing) ? closing.length() : 0;
    }
}
