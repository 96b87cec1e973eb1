# Sourced by the launcher and by .ci/run: find_jdk sets `jdk` to the home of a JDK that can build and run this project.
#
# It reads the `release` file that every JDK has, so it starts no JVM and takes a few milliseconds.
# Looked at in turn: RDU_JAVA_HOME, JAVA_HOME, the java on the PATH, then the folders where installers put JDKs. The first
# three are taken as they are if new enough; among the folders a 25 is preferred to what came after it.
# 25.0.3 is the least: earlier 25s can corrupt arrays that native code holds (JDK-8377811).

# Sets jdk_version from the release file of the JDK at $1; fails if there is no JDK.
read_jdk_version() {
    jdk_version=
    [ -r "$1/release" ] && [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] || return 1
    while IFS='=' read -r key value; do
        if [ "$key" = JAVA_VERSION ]; then
            value=${value#\"}
            jdk_version=${value%%\"*}
        fi
    done <"$1/release"
    [ -n "$jdk_version" ]
}

# Whether the JDK at $1 is 25.0.3 or later.
usable_jdk() {
    read_jdk_version "$1" || return 1
    numbers=${jdk_version%%[-+_]*}.0.0
    major=${numbers%%.*}
    numbers=${numbers#*.}
    minor=${numbers%%.*}
    numbers=${numbers#*.}
    patch=${numbers%%.*}
    case "$major$minor$patch" in *[!0-9]*) return 1 ;; esac
    [ "$major" -gt 25 ] || { [ "$major" -eq 25 ] && { [ "$minor" -gt 0 ] || [ "$patch" -ge 3 ]; }; }
}

# Prints where a chain of links ends. (readlink -f is missing on older macOS.)
follow_links() {
    link=$1
    while [ -L "$link" ]; do
        target=$(readlink "$link")
        case $target in
            /*) link=$target ;;
            *) link=$(dirname "$link")/$target ;;
        esac
    done
    printf '%s\n' "$link"
}

find_jdk() {
    if [ -n "${RDU_JAVA_HOME:-}" ]; then
        jdk=$RDU_JAVA_HOME
        usable_jdk "$jdk" && return
        echo "RDU_JAVA_HOME is $jdk, which is not a JDK 25.0.3 or later (found: ${jdk_version:-no JDK})." >&2
        echo "Point it at one, or unset it to have one looked for." >&2
        return 1
    fi

    tried=
    for jdk in "${JAVA_HOME:-}" "$(java_on_path)"; do
        [ -n "$jdk" ] || continue
        usable_jdk "$jdk" && return
        [ -z "$jdk_version" ] || tried="$tried  $jdk_version in $jdk
"
    done

    later=
    for jdk in /usr/lib/jvm/* /usr/java/* /usr/local/java/* /opt/* /opt/java/* \
        "${HOME:-/root}"/.sdkman/candidates/java/* "${HOME:-/root}"/.jdks/* \
        "${HOME:-/root}"/.local/share/mise/installs/java/* \
        "${HOME:-/root}"/.asdf/installs/java/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home \
        "${HOME:-/root}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
        /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
        /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
        /home/linuxbrew/.linuxbrew/opt/openjdk*/libexec; do
        if usable_jdk "$jdk"; then
            [ "$major" -ne 25 ] || return 0
            later=${later:-$jdk}
        elif [ -n "$jdk_version" ]; then
            tried="$tried  $jdk_version in $jdk
"
        fi
    done
    jdk=$later
    [ -z "$jdk" ] || return 0

    {
        echo "This needs a JDK 25.0.3 or later (a JDK, not a JRE), and none was found."
        [ -z "$tried" ] || printf 'Found, and too old:\n%s' "$tried"
        echo "Install one: Debian, Ubuntu: temurin-25-jdk or openjdk-25-jdk; Fedora: java-25-openjdk-devel;"
        echo "macOS: brew install openjdk@25; anywhere: sdk install java 25.0.3-tem, or from adoptium.net."
        echo "If one is installed in another place, say where: export RDU_JAVA_HOME=/path/to/jdk"
    } >&2
    return 1
}

# Prints the home of the JDK whose java is on the PATH, or nothing.
java_on_path() {
    java=$(command -v java) || return 0
    dirname "$(dirname "$(follow_links "$java")")"
}
