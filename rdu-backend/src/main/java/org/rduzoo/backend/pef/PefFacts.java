package org.rduzoo.backend.pef;

import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// Facts about a whole PEF, by name, in the order in which people look for them.
final class PefFacts {

    private PefFacts() {}

    static SequencedMap<String, String> of(PefInfo info) {
        Compilation c = info.compilation();
        SequencedMap<String, String> facts = new LinkedHashMap<>();
        facts.put("model", c.model());
        facts.put("arch", c.arch());
        facts.put("tiles", Integer.toString(c.tiles()));
        facts.put("level", c.level().text());
        c.precision().forEach((key, value) -> facts.put("precision." + key, value));
        c.arguments().forEach((key, value) -> facts.put("arguments." + key, value));
        facts.put("parameters", Integer.toString(info.parameters()));
        facts.put("parameter_bytes", Long.toString(info.parameterBytes()));
        facts.put("bytes", Long.toString(info.bytes()));
        facts.put("tool", c.tool());
        facts.put("format", Integer.toString(info.format()));
        facts.put("checksum", info.checksum());
        return facts;
    }
}
