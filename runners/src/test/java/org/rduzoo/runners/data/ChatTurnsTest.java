package org.rduzoo.runners.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.rduzoo.runners.chat.ChatTemplate;
import org.rduzoo.runners.data.PairReader.Pair;
import org.rduzoo.samba.UserError;

class ChatTurnsTest {

    private static final String TURNS = "{% for m in messages %}[{{ m.role }}]{{ m.content }}[end]\n{% endfor %}";

    private static List<Pair> around(String template, Pair... pairs) {
        return new ChatTurns(ChatTemplate.of("test", template), Map.of("bos_token", "<s>")).around(List.of(pairs));
    }

    private static Pair pair(String prompt, String completion) {
        return new Pair(prompt, completion, 3);
    }

    @Test
    void whatEndsAnAnswerIsTheAnswersAndWhatBeginsAQuestionIsTheQuestions() {
        assertThat(around(TURNS, pair("a", "b"), pair("c", "d")))
                .containsExactly(
                        pair("[user]a[end]\n[assistant]", "b[end]\n"), pair("[user]c[end]\n[assistant]", "d[end]\n"));
    }

    @Test
    void aSystemMessageStandsBeforeTheFirstQuestionAlone() {
        assertThat(around("{{ bos_token }}[system]Be kind.[end]\n" + TURNS, pair("a", "b"), pair("c", "d")))
                .containsExactly(
                        pair("<s>[system]Be kind.[end]\n[user]a[end]\n[assistant]", "b[end]\n"),
                        pair("[user]c[end]\n[assistant]", "d[end]\n"));
    }

    @Test
    void textsThatLookLikeStandInsStayAsTheyAre() {
        assertThat(around(TURNS, pair("<prompt_placeholder>", " <completion_placeholder>")))
                .containsExactly(
                        pair("[user]<prompt_placeholder>[end]\n[assistant]", " <completion_placeholder>[end]\n"));
    }

    @Test
    void aTemplateThatLeavesATextOutIsRefused() {
        assertThatThrownBy(() -> around("{{ messages[0].content }}", pair("a", "b")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("--apply-chat-template");
    }
}
