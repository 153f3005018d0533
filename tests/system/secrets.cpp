// Codes and card numbers are planted, used, and looked for everywhere afterwards; keys change.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <sstream>

#include "tests/rig/pseudo_terminal.hpp"
#include "tests/rig/temp_dir.hpp"
#include "tests/system/cabinet_rig.hpp"

using namespace lucheng;
using namespace lucheng::system_test;
using protocol::FactKind;

namespace {

constexpr std::string_view code = "73190468", new_code = "18852037", card = "04D1CEB00CA9A7",
                           token = "6180339887498948", wrong_code = "55667788";
constexpr std::string_view card_as_read = "A7A90CB0CED104", stray_token = "2718281828459045",
                           stray_text = "wo shi shui?", stray_card = "DEC0ADDE0BAD",
                           half_a_line = "C0FFEE00BEEF";

std::string content_of(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

// Of the files below, the ones that hold one of these texts.
std::vector<std::string> files_with(const std::filesystem::path& directory,
                                    const std::vector<std::string_view>& texts) {
    std::vector<std::string> found;
    for (const auto& file : std::filesystem::recursive_directory_iterator{directory}) {
        if (!file.is_regular_file()) continue;
        const auto bytes = content_of(file.path());
        for (const auto text : texts) {
            if (bytes.find(text) != std::string::npos) {
                found.push_back(fmt::format("{}: {}", file.path().string(), text));
            }
        }
    }
    return found;
}

// What a core dump would hold: everything that the process may write to.
std::vector<std::string> memory_with(pid_t pid, const std::vector<std::string_view>& texts) {
    std::vector<std::string> found;
    std::ifstream maps{fmt::format("/proc/{}/maps", pid)};
    std::ifstream memory{fmt::format("/proc/{}/mem", pid), std::ios::binary};
    REQUIRE(memory);
    std::size_t bytes_read = 0;
    for (std::string line; std::getline(maps, line);) {
        if (line.find(" rw") == std::string::npos || line.find("[vvar]") != std::string::npos) {
            continue;
        }
        const auto dash = line.find('-');
        const auto begin = std::stoull(line, nullptr, 16);
        const auto end = std::stoull(line.substr(dash + 1), nullptr, 16);
        std::string bytes(end - begin, '\0');
        memory.clear();
        memory.seekg(static_cast<std::streamoff>(begin));
        if (!memory.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) continue;
        bytes_read += bytes.size();
        for (const auto text : texts) {
            const auto at = bytes.find(text);
            if (at == std::string::npos) continue;
            const auto from = at < 40 ? 0 : at - 40;
            found.push_back(fmt::format("{:x} {}: {}", begin + at, line.substr(0, 100),
                                        bytes.substr(from, 120)));
        }
    }
    CHECK(bytes_read > 1'000'000);
    return found;
}

std::string listed(const std::vector<std::string>& lines) {
    std::string all;
    for (const auto& line : lines) all += line + '\n';
    return all;
}

protocol::TrustedKey trusted(const protocol::SigningKey& key, protocol::Role role) {
    return {key.id(), role, key.public_key()};
}

}  // namespace

TEST_CASE("no code, card number or token stays anywhere, on the wire, on the disk or in memory") {
    CabinetRig rig;
    rig.start();
    rig.grant_courier();
    protocol::Assign assign;
    assign.delivery = protocol::DeliveryId::of("d-1");
    assign.revision = protocol::Revision{1};
    assign.patron = protocol::PersonId::of("reader-7");
    assign.secrets = {
        .code = std::string{code}, .cards = {std::string{card}}, .token = std::string{token}};
    const auto compartment = rig.ask(assign).compartment();
    rig.deposit("d-1", compartment);
    protocol::Rekey rekey{.delivery = assign.delivery, .revision = protocol::Revision{2}};
    rekey.secrets.code = new_code;
    CHECK(rig.ask(rekey).reason() == "");
    CHECK(rig.type_code(std::string{wrong_code}).refusal);
    const std::size_t from = rig.mark();
    CHECK_FALSE(rig.type_code(std::string{token}).refusal);
    rig.wait_for(FactKind::opened, "d-1", from);
    rig.hand(compartment, "take");
    rig.hand(compartment, "shut");
    rig.wait_for(FactKind::collected, "d-1");
    CHECK_FALSE(rig.show_card(courier_card).refusal);

    const std::vector<std::string_view> secrets{code,  new_code,   card,
                                                token, wrong_code, courier_card};
    // The peer has subscribed to all of the cabinet's topics, the commands among them.
    std::ostringstream capture;
    for (const auto& message : rig.peer().received()) capture << message.payload;
    CHECK(capture.str().find("sealed") != std::string::npos);
    for (const auto secret : secrets) CHECK(capture.str().find(secret) == std::string::npos);
    const auto remembered = memory_with(rig.daemon().pid(), secrets);
    INFO(listed(remembered));
    CHECK(remembered.empty());
    const auto running = files_with(rig.directory.path(), secrets);
    INFO(listed(running));
    CHECK(running.empty());  // database, its log, the daemon's own log
    CHECK(rig.stop().clean());
    rig.broker.stop();  // saves its sessions
    const auto kept = files_with(rig.broker.directory(), secrets);
    INFO(listed(kept));
    CHECK(kept.empty());
    CHECK(files_with(rig.directory.path(), secrets).empty());
    // That they would have been found.
    CHECK_FALSE(files_with(rig.directory.path(), {"reader-7"}).empty());
}

TEST_CASE("of what readers read nothing stays either, not even of what nobody knows") {
    const rig::TempDir desk{"desk"};
    rig::PseudoTerminal reader{desk / "reader"};
    CabinetRig rig{{.sections = fmt::format(R"([[reader]]
id = "desk"
connection = "serial"
path = "{}"
[[format]]
reader = "desk"
meaning = "parcel"
prefix = "LC:"
[[format]]
reader = "desk"
meaning = "token"
[[format]]
reader = "desk"
meaning = "card"
number = "hex"
byte_order = "reversed"
)",
                                            (desk / "reader").string())}};
    rig.start();
    rig.grant_courier();
    protocol::Assign assign;
    assign.delivery = protocol::DeliveryId::of("d-1");
    assign.revision = protocol::Revision{1};
    assign.patron = protocol::PersonId::of("reader-7");
    assign.secrets = {.code = std::string{code}, .cards = {std::string{card}}};
    const auto compartment = rig.ask(assign).compartment();
    // The screen shows that it was read.
    const auto notice = [&](std::string_view reason) {
        rig.until([&] { return rig.get("/api/screen").body.find(reason) != std::string::npos; },
                  reason);
    };
    REQUIRE(reader.send(fmt::format("{}\r", stray_token)));
    notice("token_unknown");
    REQUIRE(reader.send(fmt::format("{}\r", stray_text)));
    notice("scan_unknown");
    REQUIRE(reader.send(fmt::format("{}\r", stray_card)));
    notice("card_unknown");
    rig.deposit("d-1", compartment);
    const std::size_t from = rig.mark();
    REQUIRE(reader.send(fmt::format("{}\r", card_as_read)));
    rig.wait_for(FactKind::opened, "d-1", from);
    REQUIRE(reader.send(half_a_line));  // and nothing behind it
    rig.hand(compartment, "take");
    rig.hand(compartment, "shut");
    rig.wait_for(FactKind::collected, "d-1");
    const std::vector<std::string_view> secrets{code,       card,       card_as_read, stray_token,
                                                stray_text, stray_card, half_a_line};
    rig.until([&] { return memory_with(rig.daemon().pid(), secrets).empty(); }, "half a line");
    const auto running = files_with(rig.directory.path(), secrets);
    INFO(listed(running));
    CHECK(running.empty());
    CHECK(rig.stop().clean());
    CHECK(files_with(rig.directory.path(), secrets).empty());
    CHECK_FALSE(files_with(rig.directory.path(), {"desk read card"}).empty());
}

TEST_CASE("keys are rotated and revoked, and stay so over a restart; an old list does not return") {
    CabinetRig rig;
    rig.start();
    const auto next = protocol::SigningKey::make(protocol::KeyId::of("disp-2"));
    const protocol::SetKeys list{.serial = 2, .keys = {trusted(next, protocol::Role::dispatch)}};
    CHECK(rig.ask(list).reason() == "");

    const auto reason = [&](const protocol::SigningKey& key, const std::string& id,
                            protocol::Verb verb) {
        const std::size_t from = rig.mark();
        rig.send(protocol::encode(key.sign(protocol::encode(rig.command(std::move(verb), id)))));
        return std::string{rig.wait_for_reply(id, from).reason()};
    };
    for (const int run : {1, 2}) {
        CHECK(reason(rig.dispatch_key, fmt::format("old-{}", run), protocol::Snapshot{}) ==
              "unknown_key");
        CHECK(reason(rig.operations_key, fmt::format("open-{}", run),
                     protocol::Open{core::CompartmentNumber{1}}) == "unknown_key");
        CHECK(reason(next, fmt::format("new-{}", run), protocol::Snapshot{}) == "");
        rig.kill();
        rig.start();
    }
    const protocol::SetKeys back{.serial = 1,
                                 .keys = {trusted(rig.dispatch_key, protocol::Role::dispatch)}};
    CHECK(reason(rig.authority_key, "back", back) == "superseded");
    CHECK(reason(rig.dispatch_key, "still-old", protocol::Snapshot{}) == "unknown_key");
    CHECK(rig.pulses() == 0);
    CHECK(count(rig.whole_journal().entries, FactKind::keys_changed) == 1);
}
