#include <catch2/catch_test_macros.hpp>
#include <map>
#include <string>

#include "examples.hpp"
#include "protocol/codec.hpp"

namespace lucheng::protocol {
using examples::command;
using examples::eight_o_clock;

namespace {

// A body as somebody else might write it: each field as JSON, one of them replaced or left out.
using Fields = std::map<std::string, std::string>;

std::string body_of(const Fields& fields) {
    std::string body = "{";
    for (const auto& [name, value] : fields) {
        if (value.empty()) continue;
        body.append(body.size() > 1 ? ",\"" : "\"").append(name).append("\":").append(value);
    }
    return body + "}";
}

const Fields envelope_fields{{"id", "\"c-1\""},
                             {"cabinet", "\"KS-017\""},
                             {"issued_at", "\"2026-11-22T08:00:00Z\""},
                             {"expires_at", "\"2026-11-22T08:05:00Z\""}};

Fields fields_of(const std::string& verb, Fields own) {
    own["command"] = "\"" + verb + "\"";
    own.insert(envelope_fields.begin(), envelope_fields.end());
    return own;
}

const Fields assign_fields{{"delivery", "\"d-1\""},
                           {"revision", "3"},
                           {"patron", "\"reader-7\""},
                           {"size", "\"medium\""},
                           {"sealed", "\"" + std::string{examples::sealed_new_code} + "\""}};

void refuses(Fields fields, const std::string& name, const std::vector<std::string>& values) {
    for (const auto& value : values) {
        INFO(name << " = " << value);
        fields[name] = value;
        const auto result = decode_command(body_of(fields));
        REQUIRE_FALSE(result);
        CHECK(result.refusal() == Refusal{Reason::malformed, name});
    }
}

void accepts(Fields fields, const std::string& name, const std::vector<std::string>& values) {
    for (const auto& value : values) {
        INFO(name << " = " << value);
        fields[name] = value;
        CHECK(decode_command(body_of(fields)));
    }
}

const std::vector<std::string> not_ids{
    "",         "\"\"",        "\"a b\"", "\"a_b\"", "\"书\"",  "\"a/b\"",
    "\"a\\n\"", "\"\\u0000\"", "7",       "true",    "[\"a\"]", '"' + std::string(65, 'a') + '"'};

}  // namespace

TEST_CASE("every command that is written is read back") {
    for (const auto& verb : examples::verbs()) {
        INFO(name_of(verb));
        const auto body = encode(command(verb));
        const auto read = decode_command(body);
        REQUIRE(read);
        CHECK(read.value().verb.index() == verb.index());
        CHECK(encode(read.value()) == body);
        CHECK(command_id_in(body) == CommandId::of("c-1"));
    }
}

TEST_CASE("an assignment arrives with all that it says") {
    const auto read = decode_command(encode(command(examples::assign())));
    REQUIRE(read);
    const auto& got = read.value();
    CHECK(got.id.str() == "c-1");
    CHECK(got.cabinet.str() == "KS-017");
    CHECK(got.issued_at == eight_o_clock);
    CHECK(got.expires_at == eight_o_clock + std::chrono::minutes{5});
    CHECK(got.boot.str() == "b-1");
    const auto& assign = std::get<Assign>(got.verb);
    CHECK(assign.delivery.str() == "d-1");
    CHECK(assign.revision == Revision{3});
    CHECK(assign.patron.str() == "reader-7");
    CHECK(assign.group.str() == "g-1");
    CHECK(assign.size == SizeClass::medium);
    CHECK(assign.books == 4);
    CHECK(assign.easy_access);
    CHECK(assign.pickup_by == eight_o_clock + std::chrono::hours{72});
    CHECK(assign.secrets.sealed == examples::assign().secrets.sealed);
}

TEST_CASE("the rest arrives as it was sent") {
    const auto verb_in = [](Verb verb) {
        return decode_command(encode(command(std::move(verb)))).value().verb;
    };
    const auto all = examples::verbs();
    CHECK(std::get<Extend>(verb_in(all[2])).pickup_by == eight_o_clock);
    CHECK(std::get<Rekey>(verb_in(all[3])).secrets.sealed ==
          examples::box(examples::sealed_new_code).sealed);
    const auto grant = std::get<Grant>(verb_in(all[5]));
    CHECK(grant.person.str() == "courier-2");
    CHECK(grant.role == PersonRole::courier);
    CHECK(grant.valid_until == eight_o_clock);
    CHECK(grant.secrets.sealed == examples::box(examples::sealed_for_courier).sealed);
    CHECK(std::get<SetService>(verb_in(all[8])).compartment == CompartmentNumber{12});
    CHECK_FALSE(std::get<SetService>(verb_in(all[8])).in_service);
    CHECK_FALSE(std::get<SetService>(verb_in(SetService{})).compartment);
    CHECK(std::get<Replay>(verb_in(all[10])).from == JournalNumber{17});
    CHECK(std::get<Acknowledge>(verb_in(all[11])).number == JournalNumber{99});
    CHECK(std::get<Acknowledge>(verb_in(all[11])).hash == examples::counting_digest());
    const auto adopt = std::get<Adopt>(verb_in(all[12]));
    CHECK(adopt.compartment == CompartmentNumber{12});
    CHECK(adopt.delivery.secrets.sealed == examples::assign().secrets.sealed);
    const auto test = std::get<SelfTest>(verb_in(all[13]));
    CHECK(test.compartments == std::vector{CompartmentNumber{3}, CompartmentNumber{12}});
    CHECK(test.occupied_too);
    CHECK(test.sensors);
    CHECK(std::get<SelfTest>(verb_in(SelfTest{})).compartments.empty());
    CHECK_FALSE(std::get<SelfTest>(verb_in(SelfTest{})).occupied_too);
}

TEST_CASE("what an assignment leaves out has its default, and null is left out") {
    auto fields = fields_of("assign", assign_fields);
    fields["pickup_by"] = fields["group"] = fields["boot"] = "null";
    const auto read = decode_command(body_of(fields));
    REQUIRE(read);
    const auto& assign = std::get<Assign>(read.value().verb);
    CHECK(read.value().boot.empty());
    CHECK(assign.group.empty());
    CHECK(assign.books == 1);
    CHECK_FALSE(assign.easy_access);
    CHECK_FALSE(assign.pickup_by);
}

TEST_CASE("a command without one of its fields is refused with that field's name") {
    for (const auto& [name, value] : envelope_fields) {
        refuses(fields_of("snapshot", {}), name, {"", "null"});
    }
    for (const auto& [name, value] : assign_fields) {
        refuses(fields_of("assign", assign_fields), name, {"", "null", "{}"});
    }
    refuses(fields_of("snapshot", {}), "command", {"", "7"});
    refuses(fields_of("open", {}), "compartment", {"", "null"});
    refuses(fields_of("service", {{"compartment", "1"}}), "in_service", {"", "0", "\"true\""});
    refuses(fields_of("extend", {{"delivery", "\"d-1\""}, {"revision", "1"}}), "pickup_by", {""});
    refuses(fields_of("adopt", assign_fields), "compartment", {"", "0"});
}

TEST_CASE("an id is up to 64 letters, digits and hyphens") {
    refuses(fields_of("snapshot", {}), "id", not_ids);
    refuses(fields_of("snapshot", {}), "cabinet", not_ids);
    for (const char* name : {"delivery", "patron"}) {
        refuses(fields_of("assign", assign_fields), name, not_ids);
    }
    refuses(fields_of("revoke", {}), "person", not_ids);
    refuses(fields_of("replay", {{"from", "1"}}), "epoch", not_ids);
    refuses(fields_of("snapshot", {}), "boot", {"\"\"", "1", "\"a b\""});
    refuses(fields_of("assign", assign_fields), "group", {"\"\"", "1", "\"a b\""});
    accepts(fields_of("snapshot", {}), "id", {'"' + std::string(64, 'a') + '"', "\"0-Z\""});
}

TEST_CASE("numbers have limits") {
    const auto assign = fields_of("assign", assign_fields);
    accepts(assign, "revision", {"0", "2147483648"});
    refuses(assign, "revision", {"-1", "2147483649", "1.0", "\"1\""});
    accepts(assign, "books", {"1", "99"});
    refuses(assign, "books", {"0", "100", "-1", "1.5"});
    accepts(fields_of("open", {}), "compartment", {"1", "999"});
    refuses(fields_of("open", {}), "compartment", {"0", "1000", "65537", "-1"});
    const auto replay = fields_of("replay", {{"epoch", "\"e-1\""}});
    accepts(replay, "from", {"1", "9007199254740991"});
    refuses(replay, "from", {"0", "9007199254740992", "-1"});
    const auto hash = '"' + std::string(64, '0') + '"';
    const auto acknowledge =
        fields_of("acknowledge", {{"epoch", "\"e-1\""}, {"number", "1"}, {"hash", hash}});
    accepts(acknowledge, "hash", {hash, '"' + std::string(64, 'F') + '"'});
    refuses(acknowledge, "hash", {"", "\"\"", "\"00\"", '"' + std::string(64, 'g') + '"', "0"});
    refuses(acknowledge, "number", {"", "0"});
}

TEST_CASE("secrets in clear are refused, whatever they are, and nothing else is looked at") {
    for (const std::string name : {"code", "cards", "token"}) {
        for (const std::string value : {"\"20481024\"", "[]", "7"}) {
            auto fields = fields_of("assign", assign_fields);
            fields[name] = value;
            const auto result = decode_command(body_of(fields));
            REQUIRE_FALSE(result);
            CHECK(result.refusal() == Refusal{Reason::not_sealed, name});
        }
    }
    const auto assign = fields_of("assign", assign_fields);
    refuses(assign, "sealed",
            {"", "null", "7", "\"no base64\"", '"' + std::string(2'736, 'A') + '"'});
    accepts(assign, "sealed", {"\"\"", '"' + std::string(2'728, 'A') + '"'});
    refuses(fields_of("rekey", {{"delivery", "\"d-1\""}, {"revision", "1"}}), "sealed", {""});
    refuses(fields_of("grant", {{"person", "\"p-1\""}, {"role", "\"staff\""}}), "sealed", {""});
}

TEST_CASE("a list of keys has a serial, and each key an id, a role and a point of the curve") {
    const auto point = base64(examples::public_key());
    const auto key = [&](const std::string& id, const std::string& role, const std::string& bytes) {
        return R"({"id":")" + id + R"(","role":")" + role + R"(","public_key":")" + bytes + "\"}";
    };
    const auto keys =
        fields_of("keys", {{"serial", "1"}, {"keys", "[" + key("a", "dispatch", point) + "]"}});
    accepts(keys, "serial", {"1", "9007199254740991"});
    refuses(keys, "serial", {"", "0", "-1", "\"1\""});
    const auto other = base64(examples::public_key(1));
    accepts(keys, "keys",
            {"[" + key("a", "dispatch", point) + "," + key("b", "operations", other) + "]"});
    refuses(keys, "keys",
            {"", "[]", "{}", "[7]", "[" + key("a", "authority", point) + "]",
             "[" + key("a b", "dispatch", point) + "]", "[" + key("a", "staff", point) + "]",
             "[" + key("a", "dispatch", "AAAA") + "]",
             "[" + key("a", "dispatch", base64(Digest{})) + "]",
             "[" + key("a", "dispatch", point) + "," + key("a", "operations", other) + "]",
             "[" + key("a", "dispatch", point) + "," + key("b", "operations", point) + "]"});
}

TEST_CASE("a notice is one paragraph in each language, or nothing any more") {
    const auto notice = fields_of("notice", {});
    const auto longest = '"' + std::string(notice_bytes_max, 'a') + '"';
    const auto longer = '"' + std::string(notice_bytes_max + 1, 'a') + '"';
    for (const std::string language : {"chinese", "english"}) {
        accepts(notice, language, {"", "null", "\"\"", "\"国庆期间照常开放。\"", longest});
        refuses(notice, language, {"7", "{}", longer, R"("a\nb")", R"("\u007f")", R"("\u0000")"});
    }
    accepts(notice, "until", {"", "null", "\"2026-11-22T08:00:00Z\""});
    refuses(notice, "until", {"0", "\"tomorrow\""});
}

TEST_CASE("a delivery is resolved as found inside or gone") {
    const auto resolve = fields_of("resolve", {{"delivery", "\"d-1\""}, {"found", "\"gone\""}});
    accepts(resolve, "found", {"\"inside\"", "\"gone\""});
    refuses(resolve, "found", {"", "null", "\"lost\"", "true"});
}

TEST_CASE("sizes, roles and times are those that are documented") {
    const auto assign = fields_of("assign", assign_fields);
    accepts(assign, "size", {"\"small\"", "\"medium\"", "\"large\""});
    refuses(assign, "size", {"\"\"", "\"Small\"", "\"huge\"", "1"});
    refuses(assign, "pickup_by", {"\"\"", "1795334400", "\"2026-11-22T16:00:00+08:00\""});
    refuses(assign, "easy_access", {"1", "\"yes\""});
    const auto grant =
        fields_of("grant", {{"person", "\"p-1\""}, {"role", "\"staff\""}, {"sealed", "\"\""}});
    accepts(grant, "role", {"\"courier\"", "\"staff\""});
    refuses(grant, "role", {"", "\"patron\"", "\"dispatch\""});
    refuses(fields_of("snapshot", {}), "issued_at", {"\"now\"", "0"});
    refuses(fields_of("snapshot", {}), "expires_at", {"\"2026-02-30T08:00:00Z\""});
}

TEST_CASE("an unknown verb is refused by its name, unless the name could do harm") {
    const auto argument_for = [](const std::string& verb) {
        const auto body = body_of(fields_of(verb, {}));
        CHECK(command_id_in(body) == CommandId::of("c-1"));
        const auto result = decode_command(body);
        REQUIRE_FALSE(result);
        CHECK(result.refusal().reason == Reason::unknown_verb);
        return result.refusal().argument;
    };
    CHECK(argument_for("defrost") == "defrost");
    CHECK(argument_for("Open") == "Open");
    CHECK(argument_for("").empty());
    CHECK(argument_for("open door").empty());
    CHECK(argument_for("\\u001b[2J").empty());
    CHECK(argument_for(std::string(65, 'a')).empty());
}

TEST_CASE("the id of a command that is refused is found where it can be") {
    CHECK(command_id_in(R"({"command":7,"id":"c-9"})").str() == "c-9");
    CHECK(command_id_in(R"({"id":"not an id"})").empty());
    CHECK(command_id_in(R"({"id":"c-9")").empty());
    CHECK(command_id_in(R"({"id":"c-9","id":"c-8"})").empty());
    CHECK(command_id_in("").empty());
}

TEST_CASE("an envelope that is written is read back byte for byte") {
    const Envelope sent{.key = KeyId::of("dispatch-2026"),
                        .signature = std::string("\x00\xff", 2) + std::string(62, 's'),
                        .body = "{\"a\":\"\\\"\n\t\x01\x7f 书香鹿城 \xf0\x9f\x91\x8d\"}"};
    const auto got = decode_envelope(encode(sent));
    REQUIRE(got);
    CHECK(got.value().key == sent.key);
    CHECK(got.value().signature == sent.signature);
    CHECK(got.value().body == sent.body);
}

TEST_CASE("an envelope without key, signature or body is refused") {
    const std::string signature = base64(std::array<std::uint8_t, 64>{});
    const auto argument_for = [](const std::string& text) {
        const auto result = decode_envelope(text);
        REQUIRE_FALSE(result);
        CHECK(result.refusal().reason == Reason::malformed);
        return result.refusal().argument;
    };
    const std::string good = "\"signature\":\"" + signature + "\"";
    CHECK(decode_envelope("{\"key\":\"k\"," + good + R"(,"body":"{}"})"));
    CHECK(argument_for("{" + good + R"(,"body":"{}"})") == "key");
    CHECK(argument_for("{\"key\":\"k k\"," + good + R"(,"body":"{}"})") == "key");
    CHECK(argument_for(R"({"key":"k","body":"{}"})") == "signature");
    CHECK(argument_for(R"({"key":"k","signature":"YQ==","body":"{}"})") == "signature");
    CHECK(argument_for(R"({"key":"k","signature":"?","body":"{}"})") == "signature");
    CHECK(argument_for("{\"key\":\"k\"," + good + "}") == "body");
    CHECK(argument_for("{\"key\":\"k\"," + good + R"(,"body":{}})") == "body");
    CHECK(argument_for("open 12") == "json");
}

}  // namespace lucheng::protocol
