#include "tools/cabinetctl/conformance_checks.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <fmt/format.h>

namespace lucheng::cabinetctl {

namespace {

constexpr std::string_view wire = "protocol.md";
constexpr std::string_view musts = "integrating.md";

constexpr std::array checks{
    CheckText{Check::envelope, "envelope", "What is published is an envelope.", wire},
    CheckText{
        Check::signature, "signature",
        "signature is the base64 of 64 bytes, Ed25519 over lucheng/v1/command, a newline, and "
        "the bytes of body",
        wire},
    CheckText{Check::permitted, "permitted", "Who may ask is a property of the signing key", wire},
    CheckText{Check::addressed, "addressed", "must be this cabinet", wire},
    CheckText{Check::published_right, "published-right",
              "{root}/{cabinet}/command | 1, never retained", wire},
    CheckText{Check::lifetime, "lifetime", "when signed, and until when it is good", wire},
    CheckText{Check::sealed, "sealed",
              "sealed is the base64 of a libsodium sealed box (crypto_box_seal: X25519, "
              "XSalsa20-Poly1305) to the cabinet's public key",
              wire},
    CheckText{Check::same_bytes, "same-bytes", "A retry must be the same bytes", wire},
    CheckText{Check::revision, "revision", "Raise revision with every command for a delivery.",
              musts},
    CheckText{Check::repeats, "repeats",
              "Publish the same bytes again, with the same id, until its reply comes", musts},
    CheckText{Check::ends_repeating, "ends-repeating", "until its reply comes", musts},
    CheckText{Check::try_later, "try-later", "later, the same request (under a new id) may succeed",
              wire},
    CheckText{Check::try_after_change, "try-after-change",
              "after_change, once what it names was put right", wire},
    CheckText{Check::try_never, "try-never", "never, the answer is final", wire},
    CheckText{Check::later_reason, "later-reason",
              "Of an unknown reason, try_again says what to do.", musts},
    CheckText{Check::takes_back, "takes-back",
              "answer an assigned that you no longer want with cancel", musts},
    CheckText{Check::acknowledges, "acknowledges",
              "Acknowledge what you have stored, with the hash of the last entry.", musts},
    CheckText{Check::acknowledges_right, "acknowledges-right", "the journal is safe up to there",
              wire},
    CheckText{Check::once, "once", "Drop what you have.", musts},
    CheckText{Check::in_order, "in-order", "Take every number once, in order.", musts},
    CheckText{Check::gap, "gap", "ask replay from the first number that is missing", musts},
    CheckText{Check::behind, "behind", "After a gap, or when state.journal is ahead, ask replay",
              musts},
    CheckText{Check::chain, "chain", "so an altered or missing entry is found", wire},
    CheckText{Check::later_kind, "later-kind",
              "Pass over what you do not know: fields, kinds and reasons of later versions.",
              musts},
    CheckText{Check::over_restart, "over-restart",
              "Publish the same bytes again, with the same id, until its reply comes", musts},
    CheckText{Check::boot_quoted, "boot-quoted",
              "quoted from status; needed while the cabinet's time_trusted is false", wire},
    CheckText{Check::new_epoch, "new-epoch", "A new epoch starts at 1.", musts},
    CheckText{Check::adopts, "adopts", "this delivery already lies in that compartment", wire},
};

}  // namespace

std::span<const CheckText> check_table() { return checks; }

void Findings::pass(Check check) { found_.try_emplace(check); }

void Findings::fail(Check check, const std::string& what) {
    auto& finding = found_[check];
    if (finding.failed) return;  // the first tells most
    finding = {.failed = true, .what = what};
}

bool Findings::failed(Check check) const {
    const auto found = found_.find(check);
    return found != found_.end() && found->second.failed;
}

bool Findings::passed(Check check) const {
    const auto found = found_.find(check);
    return found != found_.end() && !found->second.failed;
}

std::size_t Findings::failures() const {
    return static_cast<std::size_t>(std::count_if(
        found_.begin(), found_.end(), [](const auto& one) { return one.second.failed; }));
}

void Findings::print(const Printer& printer) const {
    for (const auto& [check, name, sentence, document] : checks) {
        const auto found = found_.find(check);
        const bool seen = found != found_.end();
        const std::string_view word = !seen ? "not seen" : found->second.failed ? "fail" : "pass";
        const std::string what = seen ? found->second.what : std::string{};
        if (printer.json()) {
            boost::json::object line;
            const auto add = [&](std::string_view key, std::string_view value) {
                line[boost::json::string_view{key.data(), key.size()}] =
                    boost::json::string_view{value.data(), value.size()};
            };
            add("check", name);
            add("found", word);
            if (!what.empty()) add("what", what);
            add("sentence", sentence);
            add("document", document);
            printer.line(boost::json::serialize(line));
            continue;
        }
        const Ink ink = !seen ? Ink::faint : found->second.failed ? Ink::alarm : Ink::good;
        printer.line(fmt::format("{}  {:<18}  \"{}\" ({})",
                                 printer.in(ink, fmt::format("{:<8}", word)), name, sentence,
                                 document));
        if (!what.empty()) printer.line("          " + what);
    }
}

}  // namespace lucheng::cabinetctl
