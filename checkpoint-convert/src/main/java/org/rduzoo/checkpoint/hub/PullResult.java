package org.rduzoo.checkpoint.hub;

import java.nio.file.Path;
import java.util.List;

/// What a pull brought.
///
/// @param folder the snapshot: a folder with the repository's files under their names
/// @param commit the commit that it is of
/// @param files the files asked for, by their names in the repository
/// @param downloaded bytes that came over the network; what was here already does not count
public record PullResult(String repo, String commit, Path folder, List<String> files, long downloaded) {}
