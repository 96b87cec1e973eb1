package org.rduzoo.runners;

import java.util.ArrayList;
import java.util.List;
import org.rduzoo.samba.app.CommandOption;

/// The options of all commands.
enum Option implements CommandOption {
    CHECKPOINT("checkpoint", "", "DIR", "Hugging Face folder, or name on the Hub (the model's default checkpoint)"),
    PEF("pef", "p", "FILE", "the PEF to write or to run"),
    OUTPUT_FOLDER("output-folder", "", "DIR", "where compile puts its folder (out)"),
    PEF_NAME("pef-name", "", "NAME", "name of the PEF and its folder (the model's name)"),
    BATCH_SIZE("batch-size", "b", "N", "texts or prompts a run (as many as are given, 64 at most; else 1)"),
    MICROBATCH_SIZE(
            "microbatch-size",
            "mb",
            "N",
            "texts that go through the graph at a time; the batch is a multiple (the batch size)"),
    INFERENCE("inference", "", "", "forward only"),
    ARCH("arch", "", "CHIP", "sn10, sn30 or sn40 (sn40)"),
    NUM_TILES("num-tiles", "", "N", "tiles of the chip to use (all)"),
    N_CHIPS("n-chips", "", "N", "chips that share the model (1)"),
    TENSOR_PARALLEL(
            "tensor-parallel", "", "HOW", "none, batch or weight: what chips share (weight, if there are several)"),
    PREDICT_ONLY("predict-only", "", "", "say what it would take on the chip and run nothing; needs no weights"),
    O0("o0", "", "", "one operation a section"),
    O1("o1", "", "", "known patterns a section"),
    OPTIMIZATION_RULES(
            "optimization-rules", "", "FILE", "YAML with patterns of operations that --o1 makes sections of"),
    USE_O1_DEFAULT_RULES(
            "use-o1-default-rules", "", "", "add the built-in patterns; --use-o1-default-rules=false: do not (on)"),
    O3("o3", "", "", "the whole graph cut where it costs least (the default)"),
    PRECISION("precision", "", "TYPE", "bf16 or fp32 (bf16)"),
    SET(
            "set",
            "",
            "KEY=VALUE",
            "a key of config.json, or of precision: fp32_ln, fp32_logits, fp32_skip_add, mixedp_attn"),
    MAX_SEQ_LENGTH("max-seq-length", "", "N", "the most tokens a text may have (as the checkpoint says)"),
    STATIC_SEQ_LENGTHS("static-seq-lengths", "", "N,N,…", "a graph for each of these lengths"),
    POOLING("pooling", "", "HOW", "mean, cls or none (as the checkpoint says, else mean)"),
    NORMALIZE("normalize", "", "", "scale each vector to length 1; --normalize=false: do not (on for sentence models)"),
    PROMPT("prompt", "", "TEXT", "a text to continue; repeat for more"),
    PROMPT_FILE("prompt-file", "", "FILE", "a file that holds a text to continue; repeat for more"),
    PROMPT_IDS("prompt-ids", "", "N,N,…", "tokens to continue; repeat for more"),
    CHAT("chat", "", "", "the prompt is what a user says in a chat"),
    MESSAGES("messages", "", "FILE", "a chat: a JSON list of {role, content}; repeat for more"),
    SHOW_PROMPT("show-prompt", "", "", "show the prompt as the model sees it, and run nothing"),
    PROMPT_LENGTH("prompt-length", "", "N", "tokens of the prompt that is measured (512)"),
    MAX_NEW_TOKENS("max-new-tokens", "", "N", "the most tokens to add (32)"),
    TEMPERATURE("temperature", "", "X", "how freely tokens are chosen; 0 takes the likeliest (0)"),
    TOP_K("top-k", "", "N", "choose among the likeliest N tokens (all)"),
    TOP_P("top-p", "", "X", "choose among the likeliest tokens that together have this probability (1)"),
    REPETITION_PENALTY("repetition-penalty", "", "X", "over 1: tokens that were there before are less likely (1)"),
    DIM("dim", "", "N", "2 for images, 3 for volumes (2)"),
    IN_CHANNELS("in-channels", "", "N", "channels of an image"),
    IN_WIDTH("in-width", "", "N", "width of an image or a tile (the image's; else 256)"),
    IN_HEIGHT("in-height", "", "N", "height of an image or a tile (the image's; else 256)"),
    IN_DEPTH("in-depth", "", "N", "depth of a volume (64)"),
    NUM_CLASSES("num-classes", "", "N", "classes of a place; 1 is a yes or no"),
    INIT_FEATURES("init-features", "", "N", "channels at the finest scale"),
    NORM("norm", "", "HOW", "batch, layer, group or none (batch)"),
    ROWS("m", "", "N", "rows of the result"),
    COLUMNS("n", "", "N", "columns of the result"),
    INNER("k", "", "N", "the dimension that a product sums over"),
    ELEMENTS("elements", "", "N", "elements of an operand"),
    OUT_CHANNELS("out-channels", "", "N", "channels of the result"),
    KERNEL("kernel", "", "N", "height and width of a convolution's kernel (3)"),
    STRIDE("stride", "", "N", "places from one patch to the next (1)"),
    PADDING("padding", "", "N", "places around the image (0)"),
    TARGET("target", "", "FILE", "the mask that should come out, to compare with"),
    TEXT("text", "", "TEXT", "a text; repeat for more"),
    INPUT("input", "", "FILE", "a text a line; or an image, a volume, or a folder of them"),
    INPUTS("inputs", "", "FILE", "tensors to feed, in safetensors"),
    OUTPUTS("outputs", "", "FILE", "where to write the tensors that come out, in safetensors"),
    HOST_ISA("host-isa", "", "ISA", "amx, avx512, avx2 or java (the best there is)"),
    THREADS("threads", "", "N", "threads of the host engine (all cores)"),
    SEED("seed", "", "N", "of random numbers (256)"),
    ACTIVATION_MEMORY(
            "activation-memory", "", "SIZE", "of what is kept for the backward pass, as in 400MB (all that it needs)"),
    DUMP_IR("dump-ir", "", "DIR", "write the graph after each step of the compiler there"),
    DTYPE("dtype", "", "TYPE", "of the numbers: fp32, bf16 or f16, in a GGUF file q8_0 too (as they are)"),
    TIE("tie", "", "", "leave the head out where it equals the embedding"),
    UNTIE("untie", "", "", "write the head as a matrix of its own"),
    MAX_SHARD_SIZE("max-shard-size", "", "SIZE", "of a file of weights in a folder, as in 500MB or 2GiB (5GB)"),
    FORCE("force", "", "", "replace what is there"),
    REVISION("revision", "", "NAME", "branch, tag or commit (main)"),
    FILES("files", "", "PATTERN", "files to bring, as in *.gguf; repeat for more (what a checkpoint is made of)"),
    INPUT_PATH("input-path", "", "PATH", "a .jsonl or .txt file, or a folder of such files"),
    OUTPUT_PATH("output-path", "", "DIR", "the folder of the data set"),
    EXAMPLES("examples", "", "N", "examples to learn from (lists 60000, orders 200, roles 4000, shapes 600)"),
    PRETRAINED_TOKENIZER(
            "pretrained-tokenizer",
            "",
            "DIR",
            "a checkpoint's folder, one with vocab.json and merges.txt, a tokenizer.json, or name on the Hub"),
    ROW_LENGTH("max-seq-length", "", "N", "tokens a row (2048)"),
    INPUT_PACKING_CONFIG(
            "input-packing-config",
            "",
            "HOW",
            "full, or greedy or single with ::drop, ::truncate_left or ::truncate_right (full)"),
    PACKING_BOUNDARY("packing-boundary", "", "WHAT", "jsonl or prompt_completion_pair is packed together (jsonl)"),
    ATTENTION_BOUNDARY("attention-boundary", "", "WHAT", "jsonl or prompt_completion_pair attends to itself (jsonl)"),
    PROMPT_KEYWORD("prompt-keyword", "", "KEY", "key of the prompt (prompt)"),
    COMPLETION_KEYWORD("completion-keyword", "", "KEY", "key of the completion (completion)"),
    APPLY_CHAT_TEMPLATE("apply-chat-template", "", "", "put the tokenizer's chat template around the pairs of a line"),
    PROMPT_PREFIX("prompt-prefix", "", "TEXT", "stands before each prompt"),
    PROMPT_POSTFIX("prompt-postfix", "", "TEXT", "stands after each prompt"),
    DISABLE_SPACE_SEPARATOR("disable-space-separator", "", "", "put no space between prompt and completion"),
    KEEP_PROMPT_ONLY_SEQUENCES("keep-prompt-only-sequences", "", "", "keep pairs and rows without a completion"),
    CATEGORIES_PATH("categories-path", "", "FILE", "JSON list of categories; each token's is kept as category_ids"),
    SPECIAL_TOKENS_DICT("special-tokens-dict", "", "JSON", "tokens to add, as in {\"sep_token\": \"[SEP]\"}"),
    SHUFFLE("shuffle", "", "HOW", "False, on_RAM (all lines), large_file (within each file) (False)"),
    NUM_TRAINING_SPLITS(
            "num-training-splits",
            "",
            "N",
            "training files (32, from 10 GB on 128, from 100 GB on 256; one a line at most)"),
    NUM_DEV_SPLITS("num-dev-splits", "", "N", "files to evaluate on; needs the other two --num-…-splits"),
    NUM_TEST_SPLITS("num-test-splits", "", "N", "files of text to test on; needs the other two --num-…-splits"),
    DEV_RATIO("dev-ratio", "", "X", "share of the files to evaluate on (0)"),
    TEST_RATIO("test-ratio", "", "X", "share of the files of text to test on (0)"),
    DO_NOT_BALANCE_HDF5("do-not-balance-hdf5", "", "", "leave files with as many rows as their lines gave"),
    KEEP_SPLIT_JSONLS("keep-split-jsonls", "", "", "keep the text of each file, in splits/"),
    NUM_WORKERS("num-workers", "", "N", "threads (all cores, 16 at most)"),
    IGNORE_INPUT_FORMAT_ERROR(
            "ignore-input-format-error", "", "", "pass over lines that cannot be read, and keep them apart"),
    LOG_FILE_PATH("log-file-path", "", "FILE", "where the log goes (logs.log in the data set)"),
    OVERWRITE_OUTPUT_PATH("overwrite-output-path", "", "", "as --force"),
    DATA(
            "data",
            "",
            "PATH",
            "what to train on: packed HDF5 from prepare-data; for bert JSON lines {text, label}, or plain lines; for unet"
                    + " a folder with images/ and masks/"),
    EVAL_DATA(
            "eval-data",
            "",
            "PATH",
            "what to evaluate on after each epoch, of the same kind; with --inference, JSON lines of prompts, with the"
                    + " completions that should follow"),
    EPOCHS("epochs", "", "N", "how often to go through the data (1)"),
    STEPS("steps", "", "N", "how many steps to do, whatever the epochs"),
    LR("lr", "", "X", "learning rate (the model's; describe shows it)"),
    LR_SCHEDULE("lr-schedule", "", "HOW", "constant, or linear or cosine down to 0 at the last step (constant)"),
    WARMUP_STEPS("warmup-steps", "", "N", "steps in which the learning rate rises (0)"),
    OPTIMIZER("optimizer", "", "HOW", "adamw or sgd (adamw)"),
    ADAM_BETA1("adam-beta1", "", "X", "decay of AdamW's first moment (0.9)"),
    ADAM_BETA2("adam-beta2", "", "X", "decay of AdamW's second moment (0.999)"),
    ADAM_EPS("adam-eps", "", "X", "keeps AdamW from dividing by 0 (1e-8)"),
    MOMENTUM("momentum", "", "X", "of sgd (0)"),
    WEIGHT_DECAY("weight-decay", "", "X", "how fast weights shrink (0.1)"),
    DECAY("decay", "", "WHAT", "matrices (parameters of two or more dimensions) or all shrink (matrices)"),
    MAX_GRAD_NORM("max-grad-norm", "", "X", "bound of the gradients' norm; 0 for none (1)"),
    GRAD_ACCUMULATION_STEPS("grad-accumulation-steps", "", "N", "batches a step (1)"),
    LORA_RANK("lora-rank", "", "N", "train adapters of this rank, and leave the weights as they are"),
    LORA_TARGET("lora-target", "", "NAME,…", "the layers that get an adapter, by the ends of their paths"),
    LORA_ALPHA("lora-alpha", "", "X", "what adapters add is scaled by this over the rank (the rank)"),
    LORA_DROPOUT("lora-dropout", "", "X", "probability of dropout before an adapter (0)"),
    AUGMENT("augment", "", "HOW,…", "flip, rotate and crop: another image of each image in each epoch (none)"),
    DROPOUT("dropout", "", "X", "probability of dropout, where config.json has one (what it has)"),
    ENABLE_STOCHASTIC_ROUNDING(
            "enable-stochastic-rounding",
            "",
            "",
            "keep weights in bf16 alone, rounded at random after each step (off: with an fp32 copy)"),
    PROMPT_LOSS_WEIGHT(
            "prompt-loss-weight", "", "X", "what a token of a prompt counts, as against 1 for one of a completion (1)"),
    SAVE_EVERY("save-every", "", "N", "keep a checkpoint to go on from, every N steps"),
    OUTPUT("output", "", "DIR", "the folder of the trained checkpoint; of masks and overlays (out)"),
    REPORT("output", "", "DIR", "the folder of the report (beside the PEF and named like it, with -report)"),
    RESUME("resume", "", "", "go on from the newest checkpoint in the output folder"),
    JSON("json", "", "", "print the result as one JSON object"),
    HELP("help", "h", "", "print this");

    private final String longName;
    private final String shortName;
    private final String value;
    private final String help;

    Option(String longName, String shortName, String value, String help) {
        this.longName = longName;
        this.shortName = shortName;
        this.value = value;
        this.help = help;
    }

    @Override
    public String key() {
        return longName;
    }

    @Override
    public String shortName() {
        return shortName;
    }

    @Override
    public String value() {
        return value;
    }

    @Override
    public boolean spellsOut() {
        return this == NORMALIZE;
    }

    @Override
    public boolean repeats() {
        return switch (this) {
            case TEXT, SET, FILES, PROMPT, PROMPT_FILE, PROMPT_IDS, MESSAGES -> true;
            default -> false;
        };
    }

    @Override
    public String help() {
        return help;
    }

    /// What shapes a compiled graph, apart from sequence lengths.
    static List<Option> compiling() {
        return List.of(
                CHECKPOINT,
                PEF,
                BATCH_SIZE,
                MICROBATCH_SIZE,
                INFERENCE,
                ARCH,
                NUM_TILES,
                N_CHIPS,
                TENSOR_PARALLEL,
                O0,
                O1,
                OPTIMIZATION_RULES,
                USE_O1_DEFAULT_RULES,
                O3,
                PRECISION,
                SET,
                MAX_SEQ_LENGTH,
                POOLING,
                NORMALIZE,
                ACTIVATION_MEMORY,
                DUMP_IR);
    }

    /// What a decoder continues, and how.
    static List<Option> generating() {
        return List.of(
                PROMPT,
                PROMPT_FILE,
                PROMPT_IDS,
                CHAT,
                MESSAGES,
                SHOW_PROMPT,
                MAX_NEW_TOKENS,
                TEMPERATURE,
                TOP_K,
                TOP_P,
                REPETITION_PENALTY,
                SEED);
    }

    /// What shapes the graph of a training step.
    static List<Option> learning() {
        return List.of(
                OPTIMIZER,
                MOMENTUM,
                DECAY,
                GRAD_ACCUMULATION_STEPS,
                LORA_RANK,
                LORA_TARGET,
                LORA_ALPHA,
                LORA_DROPOUT,
                ENABLE_STOCHASTIC_ROUNDING);
    }

    /// How a model is trained.
    static List<Option> training() {
        return List.of(
                DATA,
                EVAL_DATA,
                EPOCHS,
                STEPS,
                LR,
                LR_SCHEDULE,
                WARMUP_STEPS,
                OPTIMIZER,
                ADAM_BETA1,
                ADAM_BETA2,
                ADAM_EPS,
                MOMENTUM,
                WEIGHT_DECAY,
                DECAY,
                MAX_GRAD_NORM,
                GRAD_ACCUMULATION_STEPS,
                LORA_RANK,
                LORA_TARGET,
                LORA_ALPHA,
                LORA_DROPOUT,
                AUGMENT,
                DROPOUT,
                ENABLE_STOCHASTIC_ROUNDING,
                PROMPT_LOSS_WEIGHT,
                SAVE_EVERY,
                OUTPUT,
                RESUME);
    }

    /// The keys of an image model's `config.json` that are options by themselves.
    static List<Option> keysOfImages() {
        return List.of(DIM, IN_CHANNELS, NUM_CLASSES, INIT_FEATURES, NORM);
    }

    /// What an image model is built by, and the size of its images.
    static List<Option> images() {
        List<Option> options = new ArrayList<>(keysOfImages());
        options.addAll(List.of(IN_WIDTH, IN_HEIGHT, IN_DEPTH));
        return options;
    }

    /// What concerns the host engine.
    static List<Option> hosting() {
        return List.of(HOST_ISA, THREADS);
    }
}
