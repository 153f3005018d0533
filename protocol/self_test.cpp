#include "protocol/self_test.hpp"

#include <algorithm>
#include <array>

#include "protocol/codes.hpp"

namespace lucheng::protocol {

namespace {

constexpr std::array kind_codes{
    Code{TestKind::self_test, "self_test"},
    Code{TestKind::commissioning, "commissioning"},
};
static_assert(is_complete(kind_codes, TestKind::commissioning));

constexpr std::array step_codes{
    Code{TestStep::people, "people"},   Code{TestStep::reads_open, "reads_open"},
    Code{TestStep::opening, "opening"}, Code{TestStep::which_door, "which_door"},
    Code{TestStep::put_in, "put_in"},   Code{TestStep::take_out, "take_out"},
    Code{TestStep::shut, "shut"},       Code{TestStep::is_empty, "is_empty"},
    Code{TestStep::over, "over"},
};
static_assert(is_complete(step_codes, TestStep::over));

constexpr std::array word_codes{
    Code{TestWord::door, "door"},   Code{TestWord::none, "none"},
    Code{TestWord::two, "two"},     Code{TestWord::shut, "shut"},
    Code{TestWord::empty, "empty"}, Code{TestWord::not_empty, "not_empty"},
};
static_assert(is_complete(word_codes, TestWord::not_empty));

}  // namespace

bool is_fault(const TestedCompartment& compartment) {
    return std::any_of(
        compartment.findings.begin(), compartment.findings.end(), [&](const Finding& finding) {
            if (compartment.tested) return true;
            return finding.reason != Reason::compartment_busy &&
                   finding.reason != Reason::out_of_service && finding.reason != Reason::remote_cap;
        });
}

std::string_view code_of(TestKind kind) { return text_in(kind_codes, kind); }
std::string_view code_of(TestStep step) { return text_in(step_codes, step); }
std::string_view code_of(TestWord word) { return text_in(word_codes, word); }
std::optional<TestKind> test_kind_of(std::string_view code) { return value_in(kind_codes, code); }
std::optional<TestStep> test_step_of(std::string_view code) { return value_in(step_codes, code); }
std::optional<TestWord> test_word_of(std::string_view code) { return value_in(word_codes, code); }

}  // namespace lucheng::protocol
