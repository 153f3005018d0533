// A self-test and a commissioning as they are asked for, followed and reported.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/command.hpp"
#include "protocol/reasons.hpp"

namespace lucheng::protocol {

enum class TestKind : std::uint8_t { self_test, commissioning };

// What the test waits for. Of `reads_open`, `which_door` and `is_empty` a person may be asked.
enum class TestStep : std::uint8_t {
    people,      // somebody at the screen goes first
    reads_open,  // the switch says open before anything was pulsed: is the door shut?
    opening,
    which_door,  // what number is on the door that opened?
    put_in,      // something, so that the sensor sees it
    take_out,
    shut,
    is_empty,  // there is no sensor
    over,
};

// What a person at the cabinet says.
enum class TestWord : std::uint8_t {
    door,  // the door of that number opened
    none,  // no door opened
    two,   // two opened, or more
    shut,  // it is shut, whatever the switch says
    empty,
    not_empty,
};

struct TestOrder {
    TestKind kind{};
    SelfTest what{};
    PersonId by{};  // an opaque reference; empty: by a signed command, whose key is recorded
};

struct TestAnswer {
    CompartmentNumber compartment{};  // the one that was asked about
    TestWord word{};
    CompartmentNumber door{};  // of TestWord::door
};

struct Finding {
    Reason reason{};
    std::optional<CompartmentNumber> door{};  // the other door that it is about
    bool operator==(const Finding&) const = default;
};

struct TestedCompartment {
    CompartmentNumber number{};
    bool tested = true;  // false: its lock was not pulsed, or nobody knows how it ended
    std::vector<Finding> findings{};
    bool operator==(const TestedCompartment&) const = default;
};

struct TestReport {
    std::uint64_t revision = 0;  // grows with every change; 0: there was no test in this run
    TestKind kind{};
    TestStep step = TestStep::over;
    std::optional<CompartmentNumber> compartment{};  // under test now
    std::uint16_t total = 0;                         // compartments to test
    std::optional<Reason> ended_by{};                // why it ended before its end
    std::vector<TestedCompartment> results{};
    PersonId by{};
    WallTime began{};
    WallTime ended{};
    CabinetId cabinet{};
    std::string cabinet_name{};
    std::string version{};
    [[nodiscard]] bool running() const { return step != TestStep::over; }
    bool operator==(const TestReport&) const = default;
};

// False of what was left alone for a good reason: it holds something, or is out of service.
[[nodiscard]] bool is_fault(const TestedCompartment& compartment);

[[nodiscard]] std::string_view code_of(TestKind kind);
[[nodiscard]] std::string_view code_of(TestStep step);
[[nodiscard]] std::string_view code_of(TestWord word);
[[nodiscard]] std::optional<TestKind> test_kind_of(std::string_view code);
[[nodiscard]] std::optional<TestStep> test_step_of(std::string_view code);
[[nodiscard]] std::optional<TestWord> test_word_of(std::string_view code);

// codec_self_test.cpp: at the cabinet's own interface.
[[nodiscard]] std::string encode(const TestOrder& order);
[[nodiscard]] Result<TestOrder> decode_test_order(std::string_view body);
[[nodiscard]] std::string encode(const TestAnswer& answer);
[[nodiscard]] Result<TestAnswer> decode_test_answer(std::string_view body);
[[nodiscard]] std::string encode(const TestReport& report);
[[nodiscard]] Result<TestReport> decode_test_report(std::string_view bytes);

}  // namespace lucheng::protocol
