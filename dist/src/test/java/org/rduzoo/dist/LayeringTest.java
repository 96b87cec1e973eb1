package org.rduzoo.dist;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/// Who may see whom: `ir` ← `samba` ← models, converters and backend ← `runners`.
class LayeringTest {
    private static final String ROOT = "org.rduzoo.";

    /// What ships: no tests.
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("org.rduzoo");

    private static final List<String> MODELS = Repository.here().zoo().stream()
            .map(folder -> folder.getFileName().toString())
            .toList();

    /// Every package by itself, but for those of `samba`: its graphs of whole models use the losses of `samba.nn`,
    /// which
    /// are written with its tensors.
    private static final SliceAssignment PACKAGES = new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
            return !javaClass.getPackageName().startsWith(ROOT)
                            || layerOf(javaClass).equals("samba")
                    ? SliceIdentifier.ignore()
                    : SliceIdentifier.of(javaClass.getPackageName());
        }

        @Override
        public String getDescription() {
            return "packages";
        }
    };

    /// Each layer and the layers that it may see beside itself.
    private static final Map<String, List<String>> LAYERS = layers();

    private static Map<String, List<String>> layers() {
        Map<String, List<String>> layers = new LinkedHashMap<>();
        layers.put("ir", List.of());
        layers.put("samba", List.of("ir"));
        layers.put("checkpoint", List.of("ir", "samba"));
        layers.put("backend", List.of("ir", "samba"));
        MODELS.forEach(model -> layers.put(model, List.of("ir", "samba")));
        layers.put("examples", List.of("ir", "samba"));
        layers.put("testkit", List.of("ir", "samba", "checkpoint"));
        layers.put(
                "runners",
                Stream.concat(Stream.of("ir", "samba", "checkpoint", "backend"), MODELS.stream())
                        .toList());
        layers.put("dist", List.of());
        return layers;
    }

    @Test
    void eachLayerSeesOnlyTheLayersBelowIt() {
        LAYERS.forEach((layer, below) -> seesOnly(layer, below).check(CLASSES));
    }

    @Test
    void everyClassBelongsToALayer() {
        Set<String> found = new TreeSet<>();
        CLASSES.forEach(c -> found.add(layerOf(c)));
        assertThat(LAYERS.keySet()).as("layers that the rules know").containsAll(found);
    }

    @Test
    void theRulesSeeClassesAndNoticeABreach() {
        assertThat(CLASSES.stream().map(LayeringTest::layerOf)).contains("ir", "samba", "checkpoint", "backend");
        assertThat(seesOnly("samba", List.of()).evaluate(CLASSES).hasViolation())
                .as("samba sees ir, so a rule that forbids it is broken")
                .isTrue();
    }

    @Test
    void theVectorApiStaysInOnePackage() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + "backend.host.simd")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jdk.incubator..")
                .check(CLASSES);
    }

    @Test
    void nothingUsesWhatTheJdkHides() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("sun..", "jdk.internal..")
                .check(CLASSES);
    }

    @Test
    void modulesFormNoCycles() {
        slices().matching("org.rduzoo.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void packagesFormNoCycles() {
        slices().assignedFrom(PACKAGES).should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void everyPackageIsCheckedForNulls() {
        assertThat(CLASSES.stream().map(JavaClass::getPackage).distinct())
                .filteredOn(p -> !p.isAnnotatedWith(NullMarked.class))
                .map(JavaPackage::getName)
                .as("packages whose package-info.java lacks @NullMarked")
                .isEmpty();
    }

    private static ArchRule seesOnly(String layer, List<String> below) {
        String[] allowed = Stream.concat(Stream.of(layer), below.stream())
                .map(LayeringTest::packages)
                .toArray(String[]::new);
        DescribedPredicate<JavaClass> foreign =
                resideInAPackage("org.rduzoo..").and(DescribedPredicate.not(resideInAnyPackage(allowed)));
        return noClasses()
                .that()
                .resideInAPackage(packages(layer))
                .should()
                .dependOnClassesThat(foreign)
                .as(layer + " sees only " + (below.isEmpty() ? "itself" : String.join(", ", below)))
                .allowEmptyShould(true);
    }

    private static String packages(String layer) {
        return ROOT + layer + "..";
    }

    private static String layerOf(JavaClass c) {
        return c.getPackageName().substring(ROOT.length()).split("\\.", 2)[0];
    }
}
