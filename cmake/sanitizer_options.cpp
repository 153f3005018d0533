// Linked into every program of a sanitizer build, so that a daemon started by a test obeys too.

extern "C" {

// The runtimes look these names up.
const char* __asan_default_options();
const char* __tsan_default_options();
const char* __tsan_default_suppressions();
const char* __lsan_default_suppressions();
const char* __ubsan_default_options();

const char* __asan_default_options() {
    // The slow disk stands in front of libc by LD_PRELOAD: the order is meant.
    return "strict_string_checks=1:detect_stack_use_after_return=1:verify_asan_link_order=0";
}

const char* __tsan_default_options() { return "halt_on_error=1:second_deadlock_stack=1"; }

// The MQTT library comes from a package, without instrumentation: its own locks are not seen.
const char* __tsan_default_suppressions() {
    return "race:mqtt::\nrace:libpaho-mqttpp3.so\nrace:libpaho-mqtt3as.so\n";
}

// Paho C loses its list when a client ends with a publish pending.
const char* __lsan_default_suppressions() { return "leak:libpaho-mqtt3as\nleak:libpaho-mqttpp3\n"; }

const char* __ubsan_default_options() { return "halt_on_error=1:print_stacktrace=1"; }
}
