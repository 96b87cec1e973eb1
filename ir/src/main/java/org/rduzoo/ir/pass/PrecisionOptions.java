package org.rduzoo.ir.pass;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.rduzoo.ir.DType;

/// What is rounded to bf16 in a graph, under the names that SambaFlow has for it.
///
/// @param dtype what products compute with: bf16, or f32 to round nothing, whatever the other options say
/// @param fp32Ln `fp32_ln`: a norm's result stays f32
/// @param fp32Logits `fp32_logits`: the outputs `logits` and `loss` stay f32
/// @param fp32SkipAdd `fp32_skip_add`: the residual stream stays f32
/// @param mixedpAttn `mixedp_attn`: the scores and the softmax of an attention stay f32
public record PrecisionOptions(
        DType dtype, boolean fp32Ln, boolean fp32Logits, boolean fp32SkipAdd, boolean mixedpAttn) {

    public static final PrecisionOptions DEFAULTS = new PrecisionOptions(DType.BF16, false, true, true, true);

    private static final String FP32_LN = "fp32_ln";
    private static final String FP32_LOGITS = "fp32_logits";
    private static final String FP32_SKIP_ADD = "fp32_skip_add";
    private static final String MIXEDP_ATTN = "mixedp_attn";

    public PrecisionOptions {
        if (dtype != DType.BF16 && dtype != DType.F32) {
            throw new IllegalArgumentException("products are computed in bf16 or f32, not in " + dtype.text());
        }
    }

    /// The names that [#withKey] takes.
    public static Set<String> keys() {
        return DEFAULTS.asMap().keySet();
    }

    public PrecisionOptions withDType(DType other) {
        return new PrecisionOptions(other, fp32Ln, fp32Logits, fp32SkipAdd, mixedpAttn);
    }

    /// These options with one set by name.
    ///
    /// @param value `true` or `false`
    /// @throws IllegalArgumentException when there is no such option, or no such value
    public PrecisionOptions withKey(String key, String value) {
        if (!keys().contains(key)) {
            throw new IllegalArgumentException(
                    "no precision option is named %s; there are %s".formatted(key, String.join(", ", keys())));
        }
        boolean on = switch (value) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("%s is true or false, not \"%s\"".formatted(key, value));
        };
        return new PrecisionOptions(
                dtype,
                key.equals(FP32_LN) ? on : fp32Ln,
                key.equals(FP32_LOGITS) ? on : fp32Logits,
                key.equals(FP32_SKIP_ADD) ? on : fp32SkipAdd,
                key.equals(MIXEDP_ATTN) ? on : mixedpAttn);
    }

    /// The options by name; [#withKey] of each gives them back.
    public Map<String, String> asMap() {
        Map<String, String> map = new LinkedHashMap<>();
        map.put(FP32_LN, Boolean.toString(fp32Ln));
        map.put(FP32_LOGITS, Boolean.toString(fp32Logits));
        map.put(FP32_SKIP_ADD, Boolean.toString(fp32SkipAdd));
        map.put(MIXEDP_ATTN, Boolean.toString(mixedpAttn));
        return map;
    }
}
