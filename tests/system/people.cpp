// What people do at the cabinet of the rig.
#include <algorithm>
#include <fmt/format.h>
#include <stdexcept>

#include "tests/system/cabinet_rig.hpp"

namespace lucheng::system_test {

using core::CompartmentNumber;

protocol::SpokenOutcome CabinetRig::post(std::string_view path, const std::string& body) {
    const auto response = rig::http_request(socket(), "POST", path, body);
    auto outcome = protocol::decode_outcome(response.body);
    if (response.status != 200 || !outcome) {
        throw std::runtime_error(
            fmt::format("{} {}: {} {}", path, body, response.status, response.body));
    }
    return std::move(outcome).value();
}

protocol::SpokenOutcome CabinetRig::type_code(const std::string& code) {
    return post("/api/code", fmt::format(R"({{"code":"{}"}})", code));
}

protocol::SpokenOutcome CabinetRig::show_card(std::string_view card) {
    return post("/api/card", fmt::format(R"({{"card":"{}"}})", card));
}

protocol::SpokenOutcome CabinetRig::choose(const std::string& delivery) {
    return post("/api/choose", fmt::format(R"({{"delivery":"{}"}})", delivery));
}

protocol::SpokenOutcome CabinetRig::answer(std::string_view word) {
    return post("/api/answer", fmt::format(R"({{"answer":"{}"}})", word));
}

protocol::SpokenOutcome CabinetRig::hand(std::uint16_t compartment, std::string_view what) {
    return post(fmt::format("/api/simulated/{}/{}", compartment, what),
                what == "put" ? R"({"books":1})" : "{}");
}

rig::HttpResponse CabinetRig::get(std::string_view path) const {
    return rig::http_request(socket(), "GET", path);
}

protocol::StateReport CabinetRig::state() const {
    const auto response = get("/api/state");
    auto report = protocol::decode_state(response.body);
    if (!report) throw std::runtime_error("not a state: " + response.body);
    return std::move(report).value();
}

std::string CabinetRig::state_of(const std::string& delivery) const {
    for (const auto& one : state().compartments) {
        if (one.delivery && one.delivery->str() == delivery && one.delivery_state) {
            return std::string{protocol::code_of(*one.delivery_state)};
        }
    }
    return {};
}

void CabinetRig::deposit(const std::string& delivery, std::uint16_t compartment) {
    const auto list = show_card(courier_card);
    if (list.refusal) throw std::runtime_error("the courier is refused");
    if (const auto chosen = choose(delivery); chosen.refusal) {
        throw std::runtime_error("the parcel cannot be chosen");
    }
    until([&] { return state_of(delivery) == "depositing"; }, "the door opens for the courier");
    hand(compartment, "put");
    hand(compartment, "shut");
    until([&] { return state_of(delivery) == "stored"; }, "the parcel is stored");
    answer("leave");
}

void CabinetRig::collect(const std::string& delivery, const std::string& code,
                         std::uint16_t compartment) {
    if (const auto typed = type_code(code); typed.refusal) {
        throw std::runtime_error(fmt::format("the code of {} is refused: {}", delivery,
                                             protocol::code_of(typed.refusal->reason)));
    }
    until([&] { return state_of(delivery) == "collecting"; }, "the door opens for the patron");
    hand(compartment, "take");
    hand(compartment, "shut");
    until([&] { return state_of(delivery).empty(); }, "the parcel is collected");
}

std::uint32_t CabinetRig::pulses() const {
    std::uint32_t sum = 0;
    for (const auto number : world_->numbers()) sum += world_->look(number).pulses;
    return sum;
}

std::uint32_t CabinetRig::longest_ms() const {
    std::uint32_t longest = 0;
    for (const auto number : world_->numbers()) {
        longest = std::max(longest, world_->look(number).longest_ms);
    }
    return longest;
}

rig::Exit CabinetRig::verify_journal() const {
    rig::Process verifier{{.argv = {program("cabinetd").string(), "--verify-journal", "--config",
                                    config_file().string(), "--simulate"},
                           .env = {},
                           .working_directory = {},
                           .output_file = {}}};
    const auto end = verifier.wait_for_exit(soon);
    if (!end) throw std::runtime_error("the verification does not end");
    if (!end->clean()) std::fputs(verifier.output().c_str(), stderr);
    return *end;
}

}  // namespace lucheng::system_test
