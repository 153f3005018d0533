#include "protocol/command.hpp"

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "protocol/codes.hpp"

namespace lucheng::protocol {

namespace {

constexpr std::array size_codes{
    Code{SizeClass::small, "small"},
    Code{SizeClass::medium, "medium"},
    Code{SizeClass::large, "large"},
};
static_assert(is_complete(size_codes, SizeClass::large));

constexpr std::array role_codes{
    Code{Role::dispatch, "dispatch"},
    Code{Role::operations, "operations"},
    Code{Role::authority, "authority"},
};
static_assert(is_complete(role_codes, Role::authority));

constexpr std::array person_role_codes{
    Code{PersonRole::courier, "courier"},
    Code{PersonRole::staff, "staff"},
};
static_assert(is_complete(person_role_codes, PersonRole::staff));

constexpr std::array found_codes{
    Code{Found::inside, "inside"},
    Code{Found::gone, "gone"},
};
static_assert(is_complete(found_codes, Found::gone));

struct VerbRule {
    std::string_view name;
    bool dispatch;
    bool operations;
    bool authority = false;
};

// In the order of the variant. Dispatch keeps the ledger and opens nothing; a person at a desk
// opens, takes out of service and says what was found; whoever names the keys asks nothing else.
constexpr std::array<VerbRule, std::variant_size_v<Verb>> verb_rules{{
    {"assign", true, false},
    {"cancel", true, false},
    {"extend", true, false},
    {"rekey", true, false},
    {"recall", true, false},
    {"grant", true, false},
    {"revoke", true, false},
    {"open", false, true},
    {"service", false, true},
    {"snapshot", true, true},
    {"replay", true, false},
    {"acknowledge", true, false},
    {"adopt", true, false},
    {"self_test", false, true},
    {"keys", false, false, true},
    {"resolve", false, true},
    {"forget", true, false},
    {"notice", true, false},
}};

template <std::size_t I>
using VerbAt = std::variant_alternative_t<I, Verb>;
static_assert(std::is_same_v<VerbAt<0>, Assign> && std::is_same_v<VerbAt<1>, Cancel> &&
              std::is_same_v<VerbAt<2>, Extend> && std::is_same_v<VerbAt<3>, Rekey> &&
              std::is_same_v<VerbAt<4>, Recall> && std::is_same_v<VerbAt<5>, Grant> &&
              std::is_same_v<VerbAt<6>, Revoke> && std::is_same_v<VerbAt<7>, Open> &&
              std::is_same_v<VerbAt<8>, SetService> && std::is_same_v<VerbAt<9>, Snapshot> &&
              std::is_same_v<VerbAt<10>, Replay> && std::is_same_v<VerbAt<11>, Acknowledge> &&
              std::is_same_v<VerbAt<12>, Adopt> && std::is_same_v<VerbAt<13>, SelfTest> &&
              std::is_same_v<VerbAt<14>, SetKeys> && std::is_same_v<VerbAt<15>, Resolve> &&
              std::is_same_v<VerbAt<16>, Forget> && std::is_same_v<VerbAt<17>, SetNotice>);

template <std::size_t... I>
std::optional<Verb> verb_at(std::size_t index, std::index_sequence<I...>) {
    std::optional<Verb> verb;
    static_cast<void>(((index == I ? (verb.emplace(std::in_place_index<I>), true) : false) || ...));
    return verb;
}

}  // namespace

void wipe(Secrets& secrets) {
    wipe(secrets.code);
    wipe(secrets.token);
    for (auto& card : secrets.cards) wipe(card);
    secrets.cards.clear();
}

std::string_view name_of(const Verb& verb) { return verb_rules.at(verb.index()).name; }

std::optional<Verb> verb_of(std::string_view name) {
    for (std::size_t i = 0; i < verb_rules.size(); ++i) {
        if (verb_rules.at(i).name != name) continue;
        return verb_at(i, std::make_index_sequence<verb_rules.size()>{});
    }
    return std::nullopt;
}

bool may_ask(Role role, const Verb& verb) {
    const auto& rule = verb_rules.at(verb.index());
    switch (role) {
        case Role::dispatch: return rule.dispatch;
        case Role::operations: return rule.operations;
        case Role::authority: return rule.authority;
    }
    return false;
}

std::string_view code_of(SizeClass size) { return text_in(size_codes, size); }
std::string_view code_of(Role role) { return text_in(role_codes, role); }
std::string_view code_of(PersonRole role) { return text_in(person_role_codes, role); }
std::string_view code_of(Found found) { return text_in(found_codes, found); }
std::optional<SizeClass> size_of(std::string_view code) { return value_in(size_codes, code); }
std::optional<Role> role_of(std::string_view code) { return value_in(role_codes, code); }
std::optional<PersonRole> person_role_of(std::string_view code) {
    return value_in(person_role_codes, code);
}
std::optional<Found> found_of(std::string_view code) { return value_in(found_codes, code); }

}  // namespace lucheng::protocol
