package org.rduzoo.checkpoint.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.checkpoint.hub.FakeHub.Fault;
import org.rduzoo.samba.UserError;

class HubClientTest {

    private static final byte[] CONFIG = "{\"model_type\":\"llama\"}".getBytes(StandardCharsets.UTF_8);
    private static final String WEIGHTS = "model.safetensors";
    private static final String SECRET = "hf_secret";

    @TempDir
    Path cache;

    private final byte[] weights = new byte[300_000];
    private final FakeHub hub = new FakeHub();

    HubClientTest() {
        new Random(1).nextBytes(weights);
        hub.small("config.json", CONFIG)
                .small("1_Pooling/config.json", CONFIG)
                .small("README.md", CONFIG)
                .large(WEIGHTS, weights);
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    @Test
    void aRepositoryLiesInTheCacheAsThePythonToolsLayItOut() throws IOException {
        List<Long> done = new ArrayList<>();
        PullResult result = client().pull(PullRequest.of("org/tiny"), (file, have, total) -> {
            assertThat(total).isEqualTo(weights.length + 2L * CONFIG.length);
            done.add(have);
        });
        Path repo = cache.resolve("models--org--tiny");
        assertThat(result.commit()).isEqualTo(FakeHub.COMMIT);
        assertThat(result.folder()).isEqualTo(repo.resolve("snapshots").resolve(FakeHub.COMMIT));
        assertThat(result.files()).containsExactly("config.json", "1_Pooling/config.json", WEIGHTS);
        // The two configurations are one content.
        assertThat(result.downloaded()).isEqualTo(weights.length + CONFIG.length);
        assertThat(done).isSorted().endsWith(weights.length + 2L * CONFIG.length);
        assertThat(repo.resolve("refs/main")).hasContent(FakeHub.COMMIT);
        Path link = result.folder().resolve(WEIGHTS);
        assertThat(Files.readSymbolicLink(link)).isEqualTo(Path.of("../../blobs", hub.etag(WEIGHTS)));
        assertThat(link).hasBinaryContent(weights);
        assertThat(Files.readSymbolicLink(result.folder().resolve("1_Pooling/config.json")))
                .isEqualTo(Path.of("../../../blobs", hub.etag("config.json")));
        assertThat(names(repo.resolve("blobs"))).containsExactlyInAnyOrder(hub.etag(WEIGHTS), hub.etag("config.json"));
    }

    @Test
    void whatIsHereIsNotDownloadedAgain() {
        client().pull(PullRequest.of("org/tiny"));
        assertThat(client().pull(PullRequest.of("org/tiny")).downloaded()).isZero();
        assertThat(client().pull(PullRequest.of("org/tiny").files("README.*")).files())
                .containsExactly("README.md");
    }

    @ParameterizedTest
    @EnumSource(names = {"DROP", "CUT_SHORT", "STALL", "BUSY", "DAMAGE"})
    void aTransferThatFailsIsTakenUpAgain(Fault fault) {
        hub.faults(WEIGHTS, fault, fault).faults("config.json", fault);
        PullResult result = client().pull(PullRequest.of("org/tiny"));
        assertThat(result.folder().resolve(WEIGHTS)).hasBinaryContent(weights);
        assertThat(result.folder().resolve("config.json")).hasBinaryContent(CONFIG);
    }

    @Test
    void aBrokenTransferGoesOnWhereItStoppedIfTheContentIsTheSame() {
        hub.faults(WEIGHTS, Fault.DROP).small("vocab.json", weights).faults("vocab.json", Fault.DROP);
        PullResult result = client().pull(PullRequest.of("org/tiny"));
        assertThat(result.folder().resolve(WEIGHTS)).hasBinaryContent(weights);
        assertThat(result.folder().resolve("vocab.json")).hasBinaryContent(weights);
        assertThat(result.downloaded()).isEqualTo(2L * weights.length + CONFIG.length);
        assertThat(resumed("storage").header("If-range")).contains("\"of-the-storage\"");
        assertThat(resumed("hub").header("If-range")).contains("\"" + hub.etag("vocab.json") + "\"");
    }

    @Test
    void anEarlierProcessesPartIsContinued() throws IOException {
        Path blobs = Files.createDirectories(cache.resolve("models--org--tiny/blobs"));
        Files.write(blobs.resolve(hub.etag(WEIGHTS) + ".incomplete"), Arrays.copyOf(weights, 1000));
        PullResult result = client().pull(PullRequest.of("org/tiny"));
        assertThat(result.downloaded()).isEqualTo(weights.length - 1000L + CONFIG.length);
        assertThat(resumed("storage").header("Range")).contains("bytes=1000-");
        assertThat(result.folder().resolve(WEIGHTS)).hasBinaryContent(weights);
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 300_000, 300_001})
    void aPartOfAnotherContentIsFoundOutByItsHash(int length) throws IOException {
        Path blobs = Files.createDirectories(cache.resolve("models--org--tiny/blobs"));
        Files.write(blobs.resolve(hub.etag(WEIGHTS) + ".incomplete"), new byte[length]);
        assertThat(client().pull(PullRequest.of("org/tiny")).folder().resolve(WEIGHTS))
                .hasBinaryContent(weights);
    }

    @ParameterizedTest
    @EnumSource(names = {"NO_RANGE", "OTHER_RANGE"})
    void aServerThatCannotContinueIsAskedForAll(Fault fault) {
        hub.faults(WEIGHTS, Fault.DROP, fault);
        assertThat(client().pull(PullRequest.of("org/tiny")).folder().resolve(WEIGHTS))
                .hasBinaryContent(weights);
    }

    @Test
    void aServerThatIgnoresRangesIsReadFromTheStart() {
        hub.ignoresRanges = true;
        hub.faults(WEIGHTS, Fault.DROP);
        PullResult result = client().pull(PullRequest.of("org/tiny"));
        assertThat(result.folder().resolve(WEIGHTS)).hasBinaryContent(weights);
        assertThat(result.downloaded())
                .isGreaterThan(weights.length + CONFIG.length)
                .isLessThanOrEqualTo(weights.length * 3L / 2 + CONFIG.length);
    }

    @Test
    void aFileThatChangesInBetweenIsDescribedAgain() throws IOException {
        // Not the content of the other configuration: that one would bring it in its stead if it came first.
        hub.small("config.json", "{}".getBytes(StandardCharsets.UTF_8)).faults("config.json", Fault.DROP, Fault.CHANGE);
        PullResult result = client().pull(PullRequest.of("org/tiny"));
        assertThat(result.folder().resolve("config.json")).hasContent("xx");
        assertThat(names(cache.resolve("models--org--tiny/blobs"))).noneMatch(n -> n.endsWith(".incomplete"));
    }

    @Test
    void contentThatIsAlwaysDamagedIsAnErrorAndNeverAppears() {
        hub.faults(WEIGHTS, Fault.DAMAGE, Fault.DAMAGE, Fault.DAMAGE);
        refused("does not have the hash " + hub.etag(WEIGHTS));
        assertThat(cache.resolve("models--org--tiny/blobs/" + hub.etag(WEIGHTS)))
                .doesNotExist();
        assertThat(cache.resolve("models--org--tiny/refs/main")).doesNotExist();
    }

    @Test
    void aServerThatStaysAwayIsGivenUpAndItsPartIsKept() throws IOException {
        hub.faults(WEIGHTS, Fault.DROP, Fault.BUSY, Fault.BUSY, Fault.BUSY, Fault.BUSY);
        refused("4 attempts", "503", "HF_HUB_OFFLINE=1");
        byte[] part = Files.readAllBytes(cache.resolve("models--org--tiny/blobs/" + hub.etag(WEIGHTS) + ".incomplete"));
        // What was received and not yet handed on may be lost when the connection closes.
        assertThat(part).hasSizeBetween(1, weights.length / 2).isEqualTo(Arrays.copyOf(weights, part.length));
    }

    @Test
    void theTokenIsShownToTheHubAndToNobodyElse() {
        client().pull(PullRequest.of("org/tiny"));
        assertThat(hub.seen)
                .filteredOn(s -> s.server().equals("hub"))
                .isNotEmpty()
                .allSatisfy(s -> assertThat(s.header("Authorization")).contains("Bearer " + SECRET));
        assertThat(hub.seen)
                .filteredOn(s -> s.server().equals("storage"))
                .isNotEmpty()
                .allSatisfy(s -> assertThat(s.header("Authorization")).isEmpty());
        assertThat(settings(hub.address().toString()).toString()).doesNotContain(SECRET);
    }

    @ParameterizedTest
    @CsvSource({
        "401, '',               HF_TOKEN",
        "403, GatedRepo,        Accept its terms",
        "403, '',               refuses org/tiny",
        "404, RepoNotFound,     has no org/tiny",
        "404, RevisionNotFound, no such branch",
        "418, '',               answers 418",
    })
    void aRefusalSaysWhatToDo(int status, String code, String said) {
        hub.refusal = status;
        hub.refusalCode = code;
        refused(said, "org/tiny");
    }

    @Test
    void aHubThatCannotBeReachedIsAnErrorWithARemedy() {
        hub.close();
        refused("4 attempts", "HF_ENDPOINT");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../evil.json",
                "/etc/evil.json",
                "a/../../evil.json",
                "a\\\\evil.json",
                "C:evil.json",
                "a//b.json"
            })
    void aFileThatWouldLeadOutOfItsFolderIsRefused(String name) throws IOException {
        hub.small(name, CONFIG);
        refused("outside its folder");
        assertThat(names(cache)).isEmpty();
    }

    @Test
    void whatDoesNotFitOnTheDiskIsRefusedBeforeItIsDownloaded() {
        hub.pretendedSize = 1L << 59;
        refused("MB are free", "HF_HUB_CACHE");
        assertThat(hub.seen).noneMatch(s -> s.server().equals("storage"));
    }

    @Test
    void offlineTheCacheAloneCounts() {
        HubClient offline = new HubClient(HubSettings.of(
                Map.of("HF_HUB_CACHE", cache.toString(), "HF_HUB_OFFLINE", "1", "HF_ENDPOINT", "http://127.0.0.1:1"),
                cache));
        assertThatThrownBy(() -> offline.pull(PullRequest.of("org/tiny")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("HF_HUB_OFFLINE");
        PullResult online = client().pull(PullRequest.of("org/tiny"));
        PullResult result = offline.pull(PullRequest.of("org/tiny"));
        assertThat(result.folder()).isEqualTo(online.folder());
        assertThat(result.files()).containsExactlyInAnyOrderElementsOf(online.files());
        assertThat(offline.pull(PullRequest.of("org/tiny").at(FakeHub.COMMIT)).folder())
                .isEqualTo(online.folder());
    }

    @Test
    void pullsAtTheSameTimeWaitForEachOther() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Callable<PullResult>> pulls = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                pulls.add(() -> client().pull(PullRequest.of("org/tiny")));
            }
            long downloaded = 0;
            for (Future<PullResult> pull : threads.invokeAll(pulls)) {
                downloaded += pull.get().downloaded();
                assertThat(pull.get().folder().resolve(WEIGHTS)).hasBinaryContent(weights);
            }
            assertThat(downloaded).isEqualTo(weights.length + CONFIG.length);
        }
    }

    @Test
    void aRepositoryWithoutSafetensorsSaysWhatItHas() {
        try (FakeHub other = new FakeHub().small("config.json", CONFIG).large("model.Q4_0.gguf", weights)) {
            HubClient client = new HubClient(settings(other.address().toString()));
            assertThatThrownBy(() -> client.pull(PullRequest.of("org/tiny")))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("model.Q4_0.gguf");
            assertThat(client.pull(PullRequest.of("org/tiny").files("*.gguf")).files())
                    .containsExactly("model.Q4_0.gguf");
            assertThatThrownBy(() -> client.pull(PullRequest.of("org/tiny").files("*.bin")))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("*.bin");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/b/c", "../x", "org/..", "org/a--b", "org/na me", "-x/y"})
    void whatCannotBeARepositoryIsRefused(String repo) {
        assertThatThrownBy(() -> PullRequest.of(repo)).isInstanceOf(UserError.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "../main", "a//b", "/x", "a b"})
    void whatCannotBeARevisionIsRefused(String revision) {
        assertThatThrownBy(() -> PullRequest.of("org/tiny").at(revision)).isInstanceOf(UserError.class);
    }

    @Test
    void settingsAreThoseOfThePythonTools() throws IOException {
        Path home = cache;
        HubSettings plain = HubSettings.of(Map.of(), home);
        assertThat(plain.endpoint()).hasToString("https://huggingface.co");
        assertThat(plain.cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
        assertThat(plain.token()).isEmpty();
        assertThat(plain.offline()).isFalse();
        Files.writeString(home.resolve("token"), " from-file \n");
        HubSettings own = HubSettings.of(Map.of("HF_HOME", home.toString(), "HF_HUB_OFFLINE", "True"), home);
        assertThat(own.cache()).isEqualTo(home.resolve("hub"));
        assertThat(own.token()).isEqualTo(Optional.of("from-file"));
        assertThat(own.offline()).isTrue();
        assertThat(HubSettings.of(Map.of("HF_HOME", home.toString(), "HF_TOKEN", "t"), home)
                        .token())
                .isEqualTo(Optional.of("t"));
        assertThat(HubSettings.of(Map.of("HF_ENDPOINT", "http://mirror:8080/hf/"), home)
                        .endpoint())
                .hasToString("http://mirror:8080/hf");
        assertThatThrownBy(() -> HubSettings.of(Map.of("HF_ENDPOINT", "mirror"), home))
                .isInstanceOf(UserError.class);
    }

    private FakeHub.Seen resumed(String server) {
        return hub.seen.stream()
                .filter(s -> s.server().equals(server)
                        && s.header("Range").isPresent()
                        && s.method().equals("GET"))
                .filter(s -> !s.path().endsWith("/" + WEIGHTS) || server.equals("storage"))
                .findFirst()
                .orElseThrow();
    }

    private void refused(String... said) {
        assertThatThrownBy(() -> client().pull(PullRequest.of("org/tiny")))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll(said)
                .hasMessageNotContaining(SECRET);
    }

    private HubClient client() {
        return new HubClient(settings(hub.address().toString()));
    }

    /// Quick to lose patience.
    private HubSettings settings(String endpoint) {
        HubSettings s = HubSettings.of(
                Map.of("HF_ENDPOINT", endpoint, "HF_HUB_CACHE", cache.toString(), "HF_TOKEN", SECRET), cache);
        return new HubSettings(
                s.endpoint(), s.token(), s.cache(), false, 4, Duration.ofMillis(5), Duration.ofMillis(800));
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).toList();
        }
    }
}
