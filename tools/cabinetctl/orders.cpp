#include "tools/cabinetctl/orders.hpp"

#include <array>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <sodium.h>

#include "protocol/sealing.hpp"

namespace lucheng::cabinetctl {

using protocol::CompartmentNumber;
using protocol::DeliveryId;
using protocol::Revision;

protocol::CabinetId cabinet_of(const Common& common) {
    if (common.cabinet.empty()) {
        throw Failure{"which cabinet? Give --cabinet KS-017 or set CABINETCTL_CABINET",
                      exit_code::usage};
    }
    return taken(protocol::CabinetId::parse(common.cabinet), "--cabinet", common.cabinet);
}

namespace {

std::string text_of(const std::filesystem::path& file, const std::string& what) {
    std::ifstream in{file};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (in.good() || !text.empty()) return text;
    throw Failure{file.string() + ": cannot read this " + what, exit_code::no_input};
}

}  // namespace

protocol::SigningKey key_of(const Common& common) {
    if (common.key_file.empty()) {
        throw Failure{
            "a command must be signed: give --key FILE or set CABINETCTL_KEY "
            "(`cabinetctl keys new` makes one)",
            exit_code::usage};
    }
    auto key = protocol::SigningKey::parse(text_of(common.key_file, "key file"));
    if (!key) {
        throw Failure{common.key_file.string() +
                          ": not a key file; expected one line, an id and a base64 seed",
                      exit_code::no_input};
    }
    return std::move(key).value();
}

namespace {

protocol::SealingPublicKey sealing_key_of(const Common& common,
                                          const protocol::CabinetId& cabinet) {
    if (common.sealing_keys.empty()) {
        throw Failure{
            "a code or a card must be sealed to the cabinet: give --sealing-keys FILE or set "
            "CABINETCTL_SEALING_KEYS (on the cabinet, `cabinetd --print-sealing-key` prints its "
            "line)",
            exit_code::usage};
    }
    const auto key =
        protocol::sealing_key_in(text_of(common.sealing_keys, "file of sealing keys"), cabinet);
    if (!key) {
        throw Failure{common.sealing_keys.string() + ": no line, or no right one, for " +
                          cabinet.str() + "; expected its id and 44 characters of base64",
                      exit_code::no_input};
    }
    return *key;
}

}  // namespace

protocol::Command command_of(const Common& common, protocol::Verb verb) {
    protocol::Command command;
    if (common.id.empty()) {
        std::array<std::uint8_t, 12> random{};
        ::randombytes_buf(random.data(), random.size());
        command.id = protocol::CommandId::of("c-" + protocol::hex(random));
    } else {
        command.id = taken(protocol::CommandId::parse(common.id), "--id", common.id);
    }
    command.cabinet = cabinet_of(common);
    command.issued_at = wall_time();
    command.expires_at = command.issued_at + std::chrono::minutes{common.valid_minutes};
    if (!common.boot.empty()) {
        command.boot = taken(protocol::BootId::parse(common.boot), "--boot", common.boot);
    }
    command.verb = std::move(verb);
    if (const auto* secrets = protocol::secrets_in(command.verb); secrets && secrets->clear()) {
        protocol::seal_secrets(command.verb, sealing_key_of(common, command.cabinet));
    }
    return command;
}

Session connect(const Common& common) {
    BrokerOptions options = common.broker;
    options.timeout = std::chrono::seconds{common.timeout_s};
    return Session{options};
}

int order(const Common& common, protocol::Verb verb) {
    const auto key = key_of(common);
    const auto command = command_of(common, std::move(verb));
    Session session = connect(common);
    const auto reply = session.ask(command, key);
    return Printer{common.json}.reply(reply, protocol::encode(reply));
}

namespace {

struct DeliveryOptions {
    std::string delivery, patron = "unnamed", group, size = "small", pickup_by, code, token;
    std::vector<std::string> cards;
    std::uint32_t revision = 1;
    std::uint16_t books = 1, compartment = 0;
    bool easy_access = false;
};

protocol::SizeClass size_of(const std::string& text) {
    const auto size = protocol::size_of(text);
    if (!size) throw Failure{"--size " + text + ": small, medium or large", exit_code::usage};
    return *size;
}

std::optional<protocol::WallTime> time_of(const std::string& option, const std::string& text) {
    if (text.empty()) return {};
    return taken(protocol::parse_time(text), option, text + " (like 2026-11-22T08:00:00Z)");
}

protocol::Assign assign_of(const DeliveryOptions& o) {
    protocol::Assign assign;
    assign.delivery = taken(DeliveryId::parse(o.delivery), "--delivery", o.delivery);
    assign.revision = Revision{o.revision};
    assign.patron = taken(protocol::PersonId::parse(o.patron), "--patron", o.patron);
    if (!o.group.empty()) {
        assign.group = taken(protocol::GroupId::parse(o.group), "--group", o.group);
    }
    assign.size = size_of(o.size);
    assign.books = o.books;
    assign.easy_access = o.easy_access;
    assign.pickup_by = time_of("--pickup-by", o.pickup_by);
    assign.secrets = {.code = o.code, .cards = o.cards, .token = o.token};
    return assign;
}

void name_delivery(CLI::App& sub, DeliveryOptions& o) {
    sub.add_option("delivery", o.delivery, "the delivery's id")->required();
    sub.add_option("--revision", o.revision, "of the delivery; a lower one is refused");
}

void name_secrets(CLI::App& sub, DeliveryOptions& o) {
    sub.add_option("--code", o.code, "pickup code, 4 to 12 digits; 8 are usual");
    sub.add_option("--token", o.token, "of a QR code, 16 digits");
    sub.add_option("--card", o.cards, "reader card; may be given several times");
}

void describe_delivery(CLI::App& sub, DeliveryOptions& o) {
    name_delivery(sub, o);
    name_secrets(sub, o);
    sub.add_option("--patron", o.patron, "an opaque reference, never a name");
    sub.add_option("--group", o.group, "deliveries of one group share one code");
    sub.add_option("--size", o.size, "small, medium or large");
    sub.add_option("--books", o.books, "how many books are in it");
    sub.add_option("--pickup-by", o.pickup_by, "RFC 3339, UTC");
    sub.add_flag("--easy-access", o.easy_access, "within reach from a wheelchair");
}

void add_delivery_orders(CLI::App& app, const Common& common, Run& run) {
    const auto options = std::make_shared<DeliveryOptions>();
    const auto add = [&](const char* name, const char* text, std::function<protocol::Verb()> verb) {
        CLI::App* sub = app.add_subcommand(name, text);
        sub->callback([&run, &common, verb = std::move(verb)] {
            run = [&common, verb] { return order(common, verb()); };
        });
        return sub;
    };
    const auto id = [options] {
        return taken(DeliveryId::parse(options->delivery), "delivery", options->delivery);
    };
    const auto revision = [options] { return Revision{options->revision}; };
    describe_delivery(*add("assign", "reserve a compartment for a delivery",
                           [options] { return assign_of(*options); }),
                      *options);
    auto* adopt =
        add("adopt", "a delivery lies already in a compartment: after a dead card", [options] {
            return protocol::Adopt{assign_of(*options), CompartmentNumber{options->compartment}};
        });
    describe_delivery(*adopt, *options);
    adopt->add_option("--compartment", options->compartment, "where it lies")->required();
    name_delivery(*add("cancel", "give up a delivery before its deposit",
                       [=] {
                           return protocol::Cancel{id(), revision()};
                       }),
                  *options);
    name_delivery(*add("recall", "have a delivery taken back by the courier",
                       [=] {
                           return protocol::Recall{id(), revision()};
                       }),
                  *options);
    auto* extend = add("extend", "move the pickup deadline", [=] {
        return protocol::Extend{id(), revision(), *time_of("--until", options->pickup_by)};
    });
    name_delivery(*extend, *options);
    extend->add_option("--until", options->pickup_by, "RFC 3339, UTC")->required();
    auto* rekey = add("rekey", "a new code or new cards for a delivery", [=] {
        return protocol::Rekey{
            id(),
            revision(),
            {.code = options->code, .cards = options->cards, .token = options->token}};
    });
    name_delivery(*rekey, *options);
    name_secrets(*rekey, *options);
}

void add_person_orders(CLI::App& app, const Common& common, Run& run) {
    struct PersonOptions {
        std::string person, role = "courier", until, code;
        std::vector<std::string> cards;
    };
    const auto o = std::make_shared<PersonOptions>();
    auto* grant = app.add_subcommand("grant", "let a courier or staff log in, network or not");
    grant->add_option("person", o->person, "an opaque reference")->required();
    grant->add_option("--role", o->role, "courier or staff");
    grant->add_option("--until", o->until, "RFC 3339, UTC; without it until revoked");
    grant->add_option("--code", o->code, "4 to 12 digits");
    grant->add_option("--card", o->cards, "may be given several times");
    const auto person = [o] {
        return taken(protocol::PersonId::parse(o->person), "person", o->person);
    };
    grant->callback([&run, &common, o, person] {
        run = [&common, o, person] {
            const auto role = protocol::person_role_of(o->role);
            if (!role) throw Failure{"--role " + o->role + ": courier or staff", exit_code::usage};
            return order(common, protocol::Grant{person(),
                                                 *role,
                                                 time_of("--until", o->until),
                                                 {.code = o->code, .cards = o->cards}});
        };
    });
    auto* forget = app.add_subcommand("forget", "erase who that was from a cabinet's record");
    forget->add_option("person", o->person, "a patron's or courier's reference")->required();
    forget->callback([&run, &common, person] {
        run = [&common, person] { return order(common, protocol::Forget{person()}); };
    });
    auto* revoke = app.add_subcommand("revoke", "no longer let a courier or staff log in");
    revoke->add_option("person", o->person, "as granted")->required();
    revoke->callback([&run, &common, person] {
        run = [&common, person] { return order(common, protocol::Revoke{person()}); };
    });
}

void add_notice(CLI::App& app, const Common& common, Run& run) {
    struct NoticeOptions {
        std::string chinese, english, until;
    };
    const auto o = std::make_shared<NoticeOptions>();
    auto* notice =
        app.add_subcommand("notice", "what the idle screen says; without a text: nothing");
    notice->add_option("--chinese", o->chinese, "one paragraph, at most 600 bytes");
    notice->add_option("--english", o->english, "one paragraph, at most 600 bytes");
    notice->add_option("--until", o->until, "RFC 3339, UTC; without it until the next notice");
    notice->callback([&run, &common, o] {
        run = [&common, o] {
            return order(common,
                         protocol::SetNotice{o->chinese, o->english, time_of("--until", o->until)});
        };
    });
}

void add_cabinet_orders(CLI::App& app, const Common& common, Run& run) {
    struct CabinetOptions {
        std::uint16_t compartment = 0;
        std::string direction, delivery;
    };
    const auto o = std::make_shared<CabinetOptions>();
    auto* open = app.add_subcommand("open", "open a compartment from afar");
    open->add_option("compartment", o->compartment, "the number on the door")->required();
    open->callback([&run, &common, o] {
        run = [&common, o] {
            return order(common, protocol::Open{CompartmentNumber{o->compartment}});
        };
    });
    auto* service = app.add_subcommand("service", "take a compartment, or all, out or in again");
    service->add_option("direction", o->direction, "in or out")
        ->required()
        ->check(CLI::IsMember({"in", "out"}));
    service->add_option("compartment", o->compartment, "without it: the whole cabinet");
    service->callback([&run, &common, o] {
        run = [&common, o] {
            protocol::SetService verb{.in_service = o->direction == "in"};
            if (o->compartment != 0) verb.compartment = CompartmentNumber{o->compartment};
            return order(common, verb);
        };
    });
    auto* resolve = app.add_subcommand("resolve", "say what was found of a disputed delivery");
    resolve->add_option("delivery", o->delivery, "the delivery's id")->required();
    resolve->add_option("found", o->direction, "inside or gone")
        ->required()
        ->check(CLI::IsMember({"inside", "gone"}));
    resolve->callback([&run, &common, o] {
        run = [&common, o] {
            return order(common, protocol::Resolve{
                                     taken(DeliveryId::parse(o->delivery), "delivery", o->delivery),
                                     *protocol::found_of(o->direction)});
        };
    });
    auto* snapshot = app.add_subcommand("snapshot", "have the cabinet publish its state anew");
    snapshot->callback(
        [&run, &common] { run = [&common] { return order(common, protocol::Snapshot{}); }; });
}

// For whoever keeps a key on a machine without network: what it prints is published as it is.
void add_sign(CLI::App& app, const Common& common, Run& run) {
    auto* sign = app.add_subcommand(
        "sign", "sign a command's body from standard input; print what to publish");
    sign->callback([&run, &common] {
        run = [&common] {
            const auto key = key_of(common);
            std::string body{std::istreambuf_iterator<char>{std::cin}, {}};
            while (!body.empty() && body.back() == '\n') body.pop_back();
            const auto command = protocol::decode_command(body);
            if (!command) {
                const auto& refusal = command.refusal();
                throw Failure{"no cabinet would take this body: " +
                                  std::string{protocol::code_of(refusal.reason)} + ' ' +
                                  refusal.argument,
                              exit_code::usage};
            }
            Printer{true}.line(protocol::encode(key.sign(std::move(body))));
            return exit_code::done;
        };
    });
}

}  // namespace

void add_orders(CLI::App& app, const Common& common, Run& run) {
    add_delivery_orders(app, common, run);
    add_person_orders(app, common, run);
    add_notice(app, common, run);
    add_cabinet_orders(app, common, run);
    add_sign(app, common, run);
}

}  // namespace lucheng::cabinetctl
