// Each rule is shown something bad, so that a rule that has gone blind is noticed.
#include "tests/style/rules.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace lucheng::style;  // NOLINT(google-build-using-namespace)

namespace {

std::string what(const Violations& found) {
    std::string all;
    for (const Violation& violation : found) {
        all += std::to_string(violation.line) + " " + violation.what + "\n";
    }
    return all;
}

std::string check(std::string_view path, std::string_view text) {
    return what(check_file(path, text));
}

std::string repeat(std::string_view line, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += line;
    return all;
}

// A function of so many lines, signature and brace included.
std::string function_of(std::string_view signature, std::size_t lines) {
    return std::string{signature} + " {\n" + repeat("    f();\n", lines - 2) + "}\n";
}

}  // namespace

TEST_CASE("the arrows between folders are kept") {
    CHECK(check("protocol/x.cpp", "#include \"core/y.hpp\"\n") == "1 include of core/y.hpp\n");
    CHECK(check("core/x.cpp", "#include \"db/y.hpp\"\n") == "1 include of db/y.hpp\n");
    CHECK(check("db/x.cpp", "#include \"hal/y.hpp\"\n") == "1 include of hal/y.hpp\n");
    CHECK(check("hal/x.cpp", "\n  # include \"db/y.hpp\"\n") == "2 include of db/y.hpp\n");
    CHECK(check("hal/x.cpp", "#include \"daemon/y.hpp\"\n") == "1 include of daemon/y.hpp\n");
    CHECK(check("hal/keeper/x.cpp", "#include \"hal/y.hpp\"\n") == "1 include of hal/y.hpp\n");
    CHECK(check("daemon/x.cpp", "#include \"tests/rig/y.hpp\"\n") ==
          "1 include of tests/rig/y.hpp\n");
    CHECK(check("tools/a/x.cpp", "#include \"core/y.hpp\"\n") == "1 include of core/y.hpp\n");
    CHECK(check("tls/x.cpp", "#include \"core/y.hpp\"\n") == "1 include of core/y.hpp\n");
    CHECK(check("tools/bench/x.cpp", "#include \"db/y.hpp\"\n") == "1 include of db/y.hpp\n");
    CHECK(check("tests/rig/x.cpp", "#include \"daemon/y.hpp\"\n") == "1 include of daemon/y.hpp\n");
    CHECK(check("core/x.cpp", "#include \"../db/y.hpp\"\n") == "1 include of ../db/y.hpp\n");

    CHECK(check("core/x.cpp", "#include \"core/y.hpp\"\n#include \"protocol/z.hpp\"\n").empty());
    CHECK(check("hal/x.cpp", "#include \"hal/keeper/y.hpp\"\n").empty());
    CHECK(
        check("daemon/x.cpp", "#include \"db/y.hpp\"\n#include \"lucheng/version.hpp\"\n").empty());
    CHECK(check("tests/daemon/x.cpp", "#include \"daemon/y.hpp\"\n").empty());
}

TEST_CASE("the core touches nothing outside itself") {
    for (const std::string header :
         {"fstream", "iostream", "thread", "mutex", "random", "filesystem", "boost/asio.hpp",
          "sqlite3.h", "unistd.h", "ctime", "sodium.h", "fmt/chrono.h", "atomic"}) {
        CHECK(check("core/x.hpp", "#pragma once\n#include <" + header + ">\n")
                  .starts_with("2 include of " + header));
    }
    CHECK(check("core/x.cpp", "#include <vector>\n#include <fmt/format.h>\n").empty());
    CHECK(check("protocol/x.cpp", "#include <thread>\n") == "1 include of thread\n");
}

TEST_CASE("JSON is known to the codec alone, and SQLite to the storage alone") {
    CHECK(check("protocol/x.cpp", "#include <boost/json.hpp>\n") ==
          "1 include of boost/json.hpp\n");
    CHECK(check("protocol/codec.hpp", "#pragma once\n#include <boost/json.hpp>\n") ==
          "2 include of boost/json.hpp\n");
    CHECK(check("daemon/x.cpp", "#include <boost/json/value.hpp>\n") ==
          "1 include of boost/json/value.hpp\n");
    CHECK(check("daemon/x.cpp", "#include \"protocol/codec_json.hpp\"\n") ==
          "1 include of protocol/codec_json.hpp\n");
    CHECK(check("daemon/x.cpp", "#include <sqlite3.h>\n") == "1 include of sqlite3.h\n");

    CHECK(check("protocol/codec.cpp", "#include <boost/json.hpp>\n").empty());
    CHECK(check("protocol/codec_x.cpp", "#include \"protocol/codec_json.hpp\"\n").empty());
    CHECK(check("db/x.cpp", "#include <sqlite3.h>\n").empty());
}

TEST_CASE("a clock is read in one place") {
    for (const std::string line :
         {"auto t = std::chrono::steady_clock::now();", "auto t = Clock::now ();", "time(nullptr);",
          "auto t = std::time(0);", "::clock_gettime(CLOCK_MONOTONIC, &t);",
          "gettimeofday(&t, nullptr);", "::time(&t);"}) {
        CHECK(check("daemon/x.cpp", line) == "1 clock read\n");
        CHECK(check("hal/x.cpp", line) == "1 clock read\n");
        CHECK(check("daemon/clock.cpp", line).empty());
        CHECK(check("tests/daemon/x.cpp", line).empty());
    }
    for (const std::string line :
         {"f(now);", "auto t = clock.now();", "WallTime time() const;", "x.time(0);",
          "// steady_clock::now() is read elsewhere", "uptime(0);", "log(\"time(0)\");"}) {
        CHECK(check("daemon/x.cpp", line).empty());
    }
    CHECK(check("hal/keeper/x.cpp", "timerfd_create(CLOCK_MONOTONIC, 0);").empty());
    CHECK(check("hal/keeper/x.cpp", "timerfd_create(CLOCK_REALTIME, 0);") == "1 clock read\n");
    CHECK(check("hal/keeper/x.cpp", "auto t = system_clock::now();") == "1 clock read\n");
}

TEST_CASE("nobody sleeps") {
    for (const std::string line :
         {"std::this_thread::sleep_for(1s);", "usleep(10);", "::sleep (1);", "nanosleep(&a, &b);",
          "std::this_thread::sleep_until(t);"}) {
        CHECK(check("tests/core/x.cpp", line) == "1 sleep\n");
        CHECK(check("daemon/x.cpp", line) == "1 sleep\n");
    }
    CHECK(check("daemon/x.cpp", "bool asleep(); // sleep(1)\nint sleep;").empty());
}

TEST_CASE("a switch of the core names every case") {
    CHECK(check("core/x.cpp", "switch (a) {\n    default: break;\n}\n") ==
          "2 default in a switch\n");
    CHECK(check("core/x.cpp", "A() = default;\n").empty());
    CHECK(check("daemon/x.cpp", "switch (a) {\n    default: break;\n}\n").empty());
}

TEST_CASE("lines, files and functions have a limit, and a table is exempt from two of them") {
    CHECK(check("core/x.cpp", repeat("x", columns_most) + "\n").empty());
    CHECK(check("core/x.cpp", repeat("x", columns_most + 1) + "\n") == "1 line too long\n");
    CHECK(check("core/x.cpp", "// " + repeat("格", columns_most - 3) + "\n").empty());

    CHECK(check("core/x.cpp", repeat("\n", file_lines_most)).empty());
    CHECK(check("core/x.cpp", repeat("\n", file_lines_most + 1)) == "501 file too long\n");
    CHECK(check("core/x.cpp", "// style: table\n" + repeat("\n", file_lines_most)).empty());

    CHECK(check("core/x.cpp", function_of("int f(int a)", function_lines_most)).empty());
    CHECK(check("core/x.cpp", function_of("int f(int a)", function_lines_most + 1)) ==
          "1 function too long\n");
    CHECK(check("core/x.cpp", "// style: table\n" + function_of("int f()", function_lines_most + 1))
              .empty());
}

TEST_CASE("a long function is found wherever it stands") {
    const std::size_t long_one = function_lines_most + 1;
    for (const std::string signature :
         {"TEST_CASE(\"a { door\")", "Cabinet::Cabinet(Spec s) : a_{s}, b_(f(s))",
          "auto f() const noexcept -> int", "template <class T> bool operator==(const T& a)"}) {
        CHECK(check("core/x.cpp", function_of(signature, long_one)) == "1 function too long\n");
    }
    CHECK(check("core/x.cpp", "namespace a {\nclass B {\n" + function_of("void f()", long_one) +
                                  "};\n}\n") == "3 function too long\n");
    CHECK(check("core/x.cpp", "#if A {\n#endif\n" + function_of("void f()", long_one)) ==
          "3 function too long\n");
    CHECK(check("core/x.cpp", "template <class A, std::array<int, 3> b>\nstruct C {\n" +
                                  function_of("void f()", long_one) + "};\n") ==
          "3 function too long\n");
    // What is long here is no function.
    CHECK(check("core/x.cpp", "namespace {\n" + repeat("int f() { return '{'; }\n", 100) + "}\n")
              .empty());
    CHECK(check("core/x.cpp",
                "const Rows rows = rows_of({\n" + repeat("    {f(1), 2},\n", 100) + "});\n")
              .empty());
    CHECK(check("core/x.cpp", "struct A {\n" + repeat("    int a = f(60'000);\n", 100) + "};\n")
              .empty());
}

TEST_CASE("tabs, unfinished work and a missing guard are found") {
    CHECK(check("core/x.cpp", "\tint a;\n") == "1 tab\n");
    CHECK(check("docs/x.md", "a\n\tb\n") == "2 tab\n");
    CHECK(check("core/x.cpp", "// TODO: later\n") == "1 unfinished: TODO\n");
    CHECK(check("core/x.cpp", "/* a\n   FIXME */\n") == "2 unfinished: FIXME\n");
    CHECK(check("cmake/x.cmake", "# XXX\n") == "1 unfinished: XXX\n");
    CHECK(check("run", "set -euo pipefail\nmktemp a.XXXXXX\n").empty());
    CHECK(check("core/x.hpp", "int a;\n") == "1 no #pragma once\n");
    CHECK(check("core/x.cpp", "const auto a = R\"(\n// TODO\n#include <thread>\n)\";\n").empty());
}

TEST_CASE("a shell script stops at the first error") {
    CHECK(check("tools/x.sh", "#!/bin/bash\necho\n") == "1 no set -euo pipefail\n");
    CHECK(check(".ci/run", "#!/bin/bash\n") == "1 no set -euo pipefail\n");
    CHECK(check("tools/x.sh", "#!/bin/bash\nset -euo pipefail\n").empty());
}
