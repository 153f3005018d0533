// `cabinetctl conformance`: a dispatcher that is right passes, and each wrong one is told what is
// wrong with it and nothing else.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <memory>
#include <regex>
#include <set>

#include "protocol/digest.hpp"
#include "tests/rig/broker.hpp"
#include "tests/tools/fleet_rig.hpp"
#include "tests/tools/small_dispatcher.hpp"
#include "tools/cabinetctl/conformance_checks.hpp"

using namespace lucheng;
using namespace lucheng::tools_test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr auto in_the_end = 500s;  // a play that waits in vain at every turn

std::string trusted_line(const protocol::SigningKey& key) {
    return fmt::format("{} dispatch {}\n", key.id().str(), protocol::base64(key.public_key()));
}

// One play: a cabinet of its own, and what was found.
class Play {
public:
    // `where` is how cabinetctl reaches the broker.
    Play(std::vector<std::string> where, const std::string& id, const fs::path& trusted,
         const fs::path& code_key) {
        std::vector<std::string> argv{program("cabinetctl").string()};
        argv.insert(argv.end(), where.begin(), where.end());
        for (const auto& more :
             {std::string{"--cabinet"}, id, std::string{"conformance"}, std::string{"--trust"},
              trusted.string(), std::string{"--code-key"}, code_key.string(),
              std::string{"--within"}, std::string{"20"}, std::string{"--quiet"},
              std::string{"4"}}) {
            argv.push_back(more);
        }
        process_ = std::make_unique<rig::Process>(rig::Command{
            .argv = std::move(argv), .env = {}, .working_directory = {}, .output_file = {}});
    }
    // To its end; its exit code.
    int end() {
        const auto end = process_->wait_for_exit(in_the_end);
        static_cast<void>(process_->wait_for_line("(?!)", 1s));
        return end && end->signal == 0 ? end->code : -1;
    }
    [[nodiscard]] std::string output() const { return process_->output(); }
    [[nodiscard]] std::set<std::string> named(const std::string& word) const {
        const auto text = output();
        const std::regex line{"(^|\n)" + word + " +([a-z-]+) +\""};
        std::set<std::string> names;
        for (auto at = std::sregex_iterator{text.begin(), text.end(), line};
             at != std::sregex_iterator{}; ++at) {
            names.insert((*at)[2]);
        }
        return names;
    }

private:
    std::unique_ptr<rig::Process> process_;
};

struct Expectation {
    Wrong wrong{};
    const char* what;
    std::set<std::string> failed;
};

const std::vector<Expectation>& expectations() {
    static const std::vector<Expectation> all{
        {Wrong::nothing, "does all of it right", {}},
        {Wrong::asks_once, "asks once", {"repeats", "over-restart"}},
        {Wrong::makes_the_box_anew, "makes the box anew", {"same-bytes"}},
        {Wrong::takes_a_new_id, "takes a new id for a retry", {"repeats"}},
        {Wrong::never_listens_to_replies, "never listens to replies", {"ends-repeating"}},
        {Wrong::signs_with_another_key, "signs with another key", {"signature", "acknowledges"}},
        {Wrong::seals_to_another_cabinet, "seals to another cabinet", {"sealed"}},
        {Wrong::sends_codes_in_clear, "sends codes in clear", {"sealed"}},
        {Wrong::retains_commands, "retains commands", {"published-right", "acknowledges"}},
        {Wrong::keeps_the_revision, "keeps the revision", {"revision"}},
        {Wrong::asks_the_same_again, "asks the same again", {"try-after-change", "try-never"}},
        {Wrong::never_cancels, "never cancels", {}},
        {Wrong::never_acknowledges, "never acknowledges", {"acknowledges"}},
        {Wrong::acknowledges_what_the_state_says,
         "acknowledges what the state says",
         {"acknowledges-right"}},
        {Wrong::never_asks_for_a_replay, "never asks for a replay", {"behind", "gap", "in-order"}},
        {Wrong::believes_any_entry, "believes any entry", {"chain"}},
        {Wrong::stops_at_what_it_does_not_know,
         "stops at what it does not know",
         {"ends-repeating", "later-kind"}},
        {Wrong::never_quotes_the_boot, "never quotes the boot", {"boot-quoted"}},
        {Wrong::stays_in_the_old_epoch, "stays in the old epoch", {"new-epoch"}},
    };
    return all;
}

std::string joined(const std::set<std::string>& names) {
    std::string all;
    for (const auto& name : names) all += name + ' ';
    return all;
}

// Without its marks, and as one line.
std::string words_of(const fs::path& file) {
    std::ifstream in{file};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    std::erase_if(text, [](char c) { return c == '*' || c == '`'; });
    return std::regex_replace(text, std::regex{"\\s+"}, " ");
}

}  // namespace

TEST_CASE("every check of a dispatcher rests on a sentence of the protocol") {
    for (const auto& check : cabinetctl::check_table()) {
        INFO(check.name);
        const auto text = words_of(fs::path{LUCHENG_SOURCE_DIR} / "docs" / check.document);
        CHECK(text.find(check.sentence) != std::string::npos);
    }
}

TEST_CASE("a right dispatcher conforms, and each wrong one is told what it does wrong", "[slow]") {
    const rig::Broker broker;
    const rig::TempDir directory{"conformance"};
    const auto key = protocol::SigningKey::make(protocol::KeyId::of("disp"));
    const auto other = protocol::SigningKey::make(protocol::KeyId::of("disp"));
    const auto box = [](const protocol::Digest& code_key) {
        return protocol::SealingKey{protocol::CodeKey{code_key}}.public_key();
    };
    std::ofstream{directory / "trusted"} << trusted_line(key);
    std::vector<std::unique_ptr<Play>> plays;
    std::vector<std::unique_ptr<SmallDispatcher>> dispatchers;
    for (const auto& one : expectations()) {
        const auto id = fmt::format("KS-{}", 100 + plays.size());
        const auto code_key = directory / (id + ".key");
        const auto code = protocol::SigningKey::make(protocol::KeyId::of("any")).public_key();
        std::ofstream{code_key} << protocol::hex(code) << '\n';
        const bool elsewhere = one.wrong == Wrong::seals_to_another_cabinet;
        dispatchers.push_back(std::make_unique<SmallDispatcher>(
            broker.uri(), protocol::CabinetId::of(id),
            one.wrong == Wrong::signs_with_another_key ? other : key,
            box(elsewhere ? other.public_key() : code), one.wrong));
        // After it: one that asks for no replay must have heard the first entry.
        plays.push_back(std::make_unique<Play>(
            std::vector<std::string>{"--broker", fmt::format("mqtt://127.0.0.1:{}", broker.port())},
            id, directory / "trusted", code_key));
    }
    for (std::size_t i = 0; i < plays.size(); ++i) {
        const auto& [wrong, what, failed] = expectations()[i];
        const int code = plays[i]->end();
        INFO("one that " << what << '\n' << plays[i]->output());
        CHECK(joined(plays[i]->named("fail")) == joined(failed));
        CHECK(code == (failed.empty() ? 0 : 1));
        if (wrong == Wrong::nothing) CHECK(joined(plays[i]->named("not seen")).empty());
        if (wrong == Wrong::never_cancels) {
            CHECK(joined(plays[i]->named("not seen")) == "takes-back ");
        }
    }
}

TEST_CASE("the reference dispatcher conforms, over TLS at a provisioned broker", "[slow]") {
    Folder folder;
    folder.make(1);
    const ShippedBroker broker{folder};
    Play play{arguments_of(as_cabinet(folder, "KS-001")), "KS-001", folder.path / "authority/keys",
              folder.path / "cabinets/KS-001/credentials/code.key"};
    const auto requests = folder.directory / "requests.jsonl";
    {
        std::ofstream out{requests};
        for (int i = 1; i <= 7; ++i) {
            out << fmt::format(
                R"({{"delivery":"D-{0}","patron":"P-{0}","size":"small","code":"2048100{0}"}})"
                "\n",
                i);
        }
    }
    auto argv = arguments_of(as_person(folder, "dispatch", "dispatch"));
    argv.insert(argv.begin(), program("reference-dispatcher").string());
    const auto add = [&](const std::string& option, const fs::path& file) {
        argv.push_back(option);
        argv.push_back(file.string());
    };
    add("--key", folder.path / "dispatch/signing.key");
    add("--sealing-keys", folder.path / "dispatch/sealing.keys");
    add("--ledger", folder.directory / "dispatch.db");
    add("--requests", requests);
    rig::Process dispatcher{
        {.argv = std::move(argv), .env = {}, .working_directory = {}, .output_file = {}}};
    const int code = play.end();
    INFO(play.output() << '\n' << dispatcher.output());
    CHECK(code == 0);
    CHECK(joined(play.named("not seen")).empty());
}
