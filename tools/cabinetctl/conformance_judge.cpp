#include "tools/cabinetctl/conformance_judge.hpp"

#include <fmt/format.h>

namespace lucheng::cabinetctl {

using namespace std::chrono_literals;
using protocol::Command;
using protocol::Reason;
using protocol::Refusal;

namespace {

// As a cabinet's limits are by default.
constexpr auto longest_validity = std::chrono::hours{24 * 7};
constexpr auto clock_ahead = 2min;
constexpr auto answers_travel_for = 2s;

std::string words_of(const Refusal& refusal) {
    const auto text = protocol::text_of(refusal.reason).english;
    if (refusal.argument.empty()) return std::string{text};
    return fmt::format("{} ({}: {})", text, protocol::code_of(refusal.reason), refusal.argument);
}

struct Step {
    protocol::DeliveryId delivery;
    protocol::Revision revision{};
};

// Of the verbs that bring a revision.
std::optional<Step> step_of(const protocol::Verb& verb) {
    return std::visit(
        [](const auto& one) -> std::optional<Step> {
            if constexpr (requires { one.delivery.delivery; }) {
                return Step{one.delivery.delivery, one.delivery.revision};
            } else if constexpr (requires { one.revision; }) {
                return Step{one.delivery, one.revision};
            } else {
                return {};
            }
        },
        verb);
}

}  // namespace

Verdict Judge::hear(const Heard& heard) {
    const auto envelope = protocol::decode_envelope(heard.bytes);
    if (!envelope) {
        findings_.fail(Check::envelope, "a command: " + words_of(envelope.refusal()));
        return {.refusal = envelope.refusal()};
    }
    const auto id = protocol::command_id_in(envelope.value().body);
    const auto name = id.empty() ? std::string{"a command without a readable id"} : id.str();
    const auto key = protocol::verify(envelope.value(), keys_);
    if (!key) {
        findings_.fail(Check::signature,
                       fmt::format("{}, signed by {}: {}", name, envelope.value().key.str(),
                                   words_of(key.refusal())));
        return {.id = id, .refusal = key.refusal()};
    }
    findings_.pass(Check::signature);
    const auto body = protocol::digest_of(envelope.value().body);
    if (const auto known = asked_.find(id); known != asked_.end()) {
        return again(known->second, body);
    }
    auto command = protocol::decode_command(envelope.value().body);
    if (!command) {
        const auto check =
            command.refusal().reason == Reason::not_sealed ? Check::sealed : Check::envelope;
        findings_.fail(check, name + ": " + words_of(command.refusal()));
        return {.id = id, .refusal = command.refusal()};
    }
    findings_.pass(Check::envelope);
    Asked asked{.command = std::move(command).value(), .key = key.value().id, .body = body};
    auto refusal = unfit(heard, asked.command, key.value().role);
    if (!refusal) refusal = open(asked.command, asked.secrets);
    if (!refusal) check_revision(asked.command);
    if (!refusal) refusal = out_of_boot(asked.command);
    return {.asked = &asked_.emplace(id, std::move(asked)).first->second,
            .id = id,
            .refusal = std::move(refusal)};
}

Verdict Judge::again(Asked& known, const protocol::Digest& body) {
    if (body == known.body) {
        findings_.pass(Check::same_bytes);
        return {.asked = &known, .again = true, .id = known.command.id};
    }
    findings_.fail(Check::same_bytes, known.command.id.str() + " came again with another body");
    return {.id = known.command.id, .refusal = Refusal{Reason::id_reused}};
}

std::optional<Refusal> Judge::unfit(const Heard& heard, const Command& command,
                                    protocol::Role role) {
    const auto about = fmt::format("{} {}", protocol::name_of(command.verb), command.id.str());
    if (!protocol::may_ask(role, command.verb)) {
        findings_.fail(Check::permitted,
                       fmt::format("{}: a key of {} signed it", about, protocol::code_of(role)));
        return Refusal{Reason::not_permitted};
    }
    findings_.pass(Check::permitted);
    if (command.cabinet != cabinet_.id()) {
        findings_.fail(Check::addressed, fmt::format("{} is for {}", about, command.cabinet.str()));
        return Refusal{Reason::wrong_cabinet};
    }
    findings_.pass(Check::addressed);
    if (heard.retained) {
        findings_.fail(Check::published_right, about + " has the retain flag");
        return Refusal{Reason::retained};
    }
    if (heard.qos == 0) findings_.fail(Check::published_right, about + " came with QoS 0");
    findings_.pass(Check::published_right);
    check_lifetime(command);
    if (findings_.failed(Check::lifetime) && command.expires_at <= wall_time()) {
        return Refusal{Reason::expired};
    }
    return {};
}

void Judge::check_lifetime(const Command& command) {
    const auto now = wall_time();
    const auto about = fmt::format("{} {}", protocol::name_of(command.verb), command.id.str());
    const auto wrong = [&](const std::string& what) {
        findings_.fail(Check::lifetime, about + ' ' + what);
    };
    if (command.issued_at > now + clock_ahead) {
        wrong("was issued at " + protocol::format_time(command.issued_at) + ", which is to come");
    } else if (command.expires_at - command.issued_at > longest_validity) {
        wrong("is good for more than 7 days");
    } else if (command.expires_at <= now) {
        wrong("came first after its end, " + protocol::format_time(command.expires_at));
    } else {
        findings_.pass(Check::lifetime);
    }
}

std::optional<Refusal> Judge::open(Command& command, protocol::Digest& secrets) {
    auto* box = protocol::secrets_in(command.verb);
    if (box == nullptr) return {};
    const auto opened = box_.open(box->sealed);
    if (!opened) {
        findings_.fail(Check::sealed, fmt::format("{} {}: {}", protocol::name_of(command.verb),
                                                  command.id.str(), words_of(opened.refusal())));
        return opened.refusal();
    }
    secrets = protocol::digest_of(protocol::encode(opened.value()));
    findings_.pass(Check::sealed);
    return {};
}

void Judge::check_revision(const Command& command) {
    const auto step = step_of(command.verb);
    if (!step) return;
    const auto [last, first] = revisions_.try_emplace(step->delivery, step->revision);
    if (first) return;
    const auto number = protocol::number_of(step->revision);
    const auto before = protocol::number_of(last->second);
    if (number > before) {
        findings_.pass(Check::revision);
        last->second = step->revision;
        return;
    }
    findings_.fail(Check::revision, fmt::format("{} {} for {} has revision {}, after {}",
                                                protocol::name_of(command.verb), command.id.str(),
                                                step->delivery.str(), number, before));
}

std::optional<Refusal> Judge::out_of_boot(const Command& command) {
    if (cabinet_.time_trusted()) {
        told_of_boot_.reset();
        return {};
    }
    if (command.boot == cabinet_.boot()) {
        findings_.pass(Check::boot_quoted);
        return {};
    }
    const auto now = std::chrono::steady_clock::now();
    if (!told_of_boot_) told_of_boot_ = now;
    if (now > *told_of_boot_ + answers_travel_for) {
        findings_.fail(Check::boot_quoted,
                       fmt::format("{} {} quotes {} while the time is not trusted; status says {}",
                                   protocol::name_of(command.verb), command.id.str(),
                                   command.boot.empty() ? "no boot" : command.boot.str(),
                                   cabinet_.boot().str()));
    }
    return Refusal{Reason::wrong_boot, cabinet_.boot().str()};
}

}  // namespace lucheng::cabinetctl
