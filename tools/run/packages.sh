#!/usr/bin/env bash
# Which Debian packages a build needs, and how the missing ones come. Nothing is asked of the
# network as long as none is missing.
set -euo pipefail

# name, or name>=version where an older one of the same name would not do.
build_packages=(
    g++ cmake 'ninja-build' ccache mold pkg-config git
    libpaho-mqttpp-dev libpaho-mqtt-dev libssl-dev libsodium-dev libsqlite3-dev sqlite3
    libfmt-dev libtomlplusplus-dev libcli11-dev libsystemd-dev librapidcheck-dev
    libboost1.83-dev libboost-json1.83-dev libboost-url1.83-dev
    'libgpiod-dev>=2' libevdev-dev 'libcatch2-dev>=3' mosquitto mosquitto-clients
    nodejs npm python3 python3-paho-mqtt python3-nacl
)
# The kernel of the GPIO host is compiled from Debian's own source, and what runs on it.
gpio_host_packages=(
    linux-source-6.12 gcc libc6-dev make binutils flex bison bc patch xz-utils
    iproute2 e2fsprogs mount util-linux systemd strace
)
# A browser before the cabinet's screen, letters for it, and what keeps a policy to one test.
web_packages=(chromium fonts-noto-cjk util-linux systemd)
lint_packages=(clang clang-tidy clang-format libclang-rt-dev shellcheck)

# On Debian 12 these are in its backports. The two of mosquitto share a library, so both.
backported=' libboost1.83-dev libboost-json1.83-dev libboost-url1.83-dev libgpiod-dev libcatch2-dev
    mosquitto mosquitto-clients '

need_packages() {
    local wanted=() group
    for group in "$@"; do
        case $group in
            build) wanted+=("${build_packages[@]}") ;;
            web) wanted+=("${web_packages[@]}") ;;
            lint) wanted+=("${lint_packages[@]}") ;;
            gpio-host) wanted+=("${gpio_host_packages[@]}") ;;
        esac
    done
    if ! command -v dpkg-query >/dev/null; then
        say "not a Debian system: install what cmake/Dependencies.cmake names by hand"
        return 0
    fi
    local missing
    missing=$(missing_packages "${wanted[@]}")
    [ -z "$missing" ] || install_packages "$missing"
}

# One name a line.
missing_packages() {
    local installed wanted name least have
    # Exits with 1 when one is unknown, which is an answer here and no failure.
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\n' \
        "${@%%>=*}" 2>/dev/null || true)
    for wanted in "$@"; do
        name=${wanted%%>=*}
        have=$(awk -v name="$name" '$1 == "installed" && $2 == name { print $3; exit }' \
            <<<"$installed")
        if [ -z "$have" ]; then
            # Other builds of Node.js bring their own npm, and exclude Debian's.
            [ "$name" != npm ] || ! command -v npm >/dev/null || continue
            echo "$name"
        elif [ "$name" != "$wanted" ]; then
            least=${wanted##*>=}
            dpkg --compare-versions "$have" ge "$least" || echo "$name"
        fi
    done
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "packages are missing and neither root nor sudo is at hand; as root: ./run packages"
    fi
}

install_packages() {
    local missing=$1 suite='' arguments=() name codename
    case $missing in
        # Either alone would pull the shared library to a version that removes the other.
        *mosquitto*) missing=$(printf '%s\nmosquitto\nmosquitto-clients\n' "$missing" | sort -u) ;;
    esac
    codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    if [ "$codename" = bookworm ]; then
        suite=bookworm-backports
    fi
    for name in $missing; do
        if [ -n "$suite" ] && [[ $backported =~ [[:space:]]"$name"[[:space:]] ]]; then
            arguments+=("$name/$suite")
        else
            arguments+=("$name")
        fi
    done
    say "missing packages: ${missing//$'\n'/ }"
    # The kernel's source is in the security updates as well, newer, but not every machine has them.
    if [[ "${arguments[*]}" == */bookworm-backports* ]] ||
        [[ -n "$suite" && "${arguments[*]}" == *linux-source-* ]]; then
        enable_backports /etc/apt
    fi
    timed "apt-get update" as_root apt-get -qq -o DPkg::Lock::Timeout=300 update ||
        fail "apt-get update did not work: check the network and /etc/apt, then try again"
    keep_broker_off
    if ! timed "apt-get install" as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y --no-install-recommends --no-remove \
        -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 install "${arguments[@]}"; then
        let_services_start
        fail "apt could not install them, for the reason above (a mirror out of reach, or" \
            "packages that exclude each other, as libboost1.74-dev does);" \
            "then again: ./run packages"
    fi
    let_services_start
}

# Prints one line for every enabled binary source below $1 (usually /etc/apt), tab-separated:
# URI, suite, components, options. Options are those that decide whether apt trusts the source, as
# deb822 fields separated by \036; a key written into the file keeps its line breaks as \037.
list_apt_sources() {
    local etc=$1 file
    for file in "$etc"/sources.list "$etc"/sources.list.d/*.list; do
        [ -f "$file" ] || continue
        list_one_line_sources "$file"
    done
    for file in "$etc"/sources.list.d/*.sources; do
        [ -f "$file" ] || continue
        list_deb822_sources "$file"
    done
}

# deb [signed-by=/usr/share/keyrings/x.gpg] http://mirror/debian bookworm main contrib
list_one_line_sources() {
    awk '
        BEGIN {
            field["signed-by"] = "Signed-By"; field["trusted"] = "Trusted"
            field["check-valid-until"] = "Check-Valid-Until"
        }
        $1 != "deb" { next }
        {
            sub(/#.*/, "")
            options = ""
            if (match($0, /\[[^]]*\]/)) {
                count = split(substr($0, RSTART + 1, RLENGTH - 2), pair, /[[:space:]]+/)
                $0 = substr($0, 1, RSTART - 1) substr($0, RSTART + RLENGTH)
                for (i = 1; i <= count; i++) {
                    at = index(pair[i], "=")
                    key = tolower(substr(pair[i], 1, at - 1))
                    value = substr(pair[i], at + 1)
                    gsub(/,/, " ", value)
                    if (key in field) options = options field[key] ": " value "\036"
                }
            }
            components = ""
            for (i = 4; i <= NF; i++) components = components (i > 4 ? " " : "") $i
            print $2 "\t" $3 "\t" components "\t" options
        }' "$1"
}

list_deb822_sources() {
    awk '
        function flush(    i, j, u, s, off) {
            off = tolower(value["enabled"]) ~ /^(no|false|0)$/
            if ((" " value["types"] " ") ~ / deb / && !off) {
                u = split(value["uris"], uri, " "); s = split(value["suites"], suite, " ")
                options = ""
                for (i = 1; i <= 3; i++)
                    if (kept[i] in value) options = options shown[i] ": " value[kept[i]] "\036"
                for (i = 1; i <= u; i++)
                    for (j = 1; j <= s; j++)
                        print uri[i] "\t" suite[j] "\t" value["components"] "\t" options
            }
            delete value; key = ""
        }
        BEGIN {
            split("signed-by trusted check-valid-until", kept, " ")
            split("Signed-By Trusted Check-Valid-Until", shown, " ")
        }
        /^#/ { next }
        /^[[:space:]]*$/ { flush(); next }
        /^[[:space:]]/ {
            sub(/[[:space:]]+$/, "")
            if (key == "signed-by") value[key] = value[key] "\037" $0
            else { sub(/^[[:space:]]+/, ""); value[key] = value[key] " " $0 }
            next
        }
        {
            at = index($0, ":")
            key = tolower(substr($0, 1, at - 1))
            rest = substr($0, at + 1)
            gsub(/^[[:space:]]+|[[:space:]]+$/, "", rest)
            value[key] = rest
        }
        END { flush() }' "$1"
}

# The backports come from the mirror this machine already trusts for its main suite, with the same
# key: no mirror is named here, so this works behind any.
backports_source() {
    local main options
    main=$(list_apt_sources "$1" | awk -F '\t' '
        $2 == "bookworm" && (" " $3 " ") ~ / main / { print $1 "\t" $4 }' | sed -n 1p)
    [ -n "$main" ] || return 1
    printf 'Types: deb\nURIs: %s\nSuites: bookworm-backports\nComponents: main\n' "${main%%$'\t'*}"
    options=${main#*$'\t'}
    options=${options//$'\036'/$'\n'}
    printf '%s' "${options//$'\037'/$'\n'}"
}

enable_backports() {
    local etc=$1 source
    if list_apt_sources "$etc" | cut -f 2 | grep -x bookworm-backports >/dev/null; then
        return 0
    fi
    source=$(backports_source "$etc") ||
        fail "no apt source of bookworm main below $etc: add bookworm-backports there by hand"
    say "enabling bookworm-backports in $etc/sources.list.d/cabinetd-backports.sources"
    as_root tee "$etc/sources.list.d/cabinetd-backports.sources" >/dev/null <<<"$source"
}

# Debian starts a broker on installation. Tests start their own on ports of their own, so the
# machine's port 1883 stays as it was.
broker_policy=/usr/sbin/policy-rc.d
wrote_policy=no
broker_was_there=yes

keep_broker_off() {
    dpkg-query -W -f '${db:Status-Status}' mosquitto 2>/dev/null | grep -x installed >/dev/null ||
        broker_was_there=no
    if [ "$broker_was_there" = yes ] || [ -e "$broker_policy" ]; then
        return 0
    fi
    as_root tee "$broker_policy" >/dev/null <<'POLICY'
#!/bin/sh
case "$1" in mosquitto*) exit 101 ;; esac
exit 0
POLICY
    as_root chmod 755 "$broker_policy"
    wrote_policy=yes
    trap let_services_start EXIT
}

let_services_start() {
    if [ "$wrote_policy" = yes ]; then
        as_root rm -f "$broker_policy"
        wrote_policy=no
    fi
    if [ "$broker_was_there" = no ] && command -v systemctl >/dev/null &&
        systemctl is-enabled --quiet mosquitto 2>/dev/null; then
        # Only enabled by its installation: it would start with the machine.
        as_root systemctl --quiet disable mosquitto || true
        broker_was_there=yes
    fi
}
