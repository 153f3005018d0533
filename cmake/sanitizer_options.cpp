// Linked into every program of a sanitizer build, so that a daemon started by a test obeys too.

extern "C" {

// The runtimes look these names up.
const char* __asan_default_options();
const char* __tsan_default_options();
const char* __ubsan_default_options();

const char* __asan_default_options() {
    // The slow disk stands in front of libc by LD_PRELOAD: the order is meant.
    return "strict_string_checks=1:detect_stack_use_after_return=1:verify_asan_link_order=0";
}

const char* __tsan_default_options() { return "halt_on_error=1:second_deadlock_stack=1"; }

const char* __ubsan_default_options() { return "halt_on_error=1:print_stacktrace=1"; }
}
