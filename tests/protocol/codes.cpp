#include <catch2/catch_test_macros.hpp>
#include <set>
#include <string_view>

#include "examples.hpp"
#include "protocol/command.hpp"
#include "protocol/report.hpp"

namespace lucheng::protocol {

namespace {

template <class E>
void every_code_leads_back(E last, std::optional<E> (*of)(std::string_view)) {
    std::set<std::string_view> seen;
    for (unsigned i = 0; i <= static_cast<unsigned>(number_of(last)); ++i) {
        const auto value = static_cast<E>(i);
        INFO(code_of(value));
        CHECK(seen.insert(code_of(value)).second);
        CHECK(of(code_of(value)) == value);
    }
    CHECK_FALSE(of(""));
    CHECK_FALSE(of("Small"));
    CHECK_FALSE(of("no_such_code"));
}

}  // namespace

TEST_CASE("every code on the wire leads back to what it stands for") {
    every_code_leads_back(SizeClass::large, &size_of);
    every_code_leads_back(Role::authority, &role_of);
    every_code_leads_back(Found::gone, &found_of);
    every_code_leads_back(PersonRole::staff, &person_role_of);
    every_code_leads_back(FactKind::walked, &fact_kind_of);
    every_code_leads_back(Means::local, &means_of);
    every_code_leads_back(Purpose::walk, &purpose_of);
    every_code_leads_back(Link::lost, &link_of);
    every_code_leads_back(Door::open, &door_of);
    every_code_leads_back(Occupancy::occupied, &occupancy_of);
    every_code_leads_back(DeliveryState::disputed, &delivery_state_of);
}

TEST_CASE("every verb is found again by its name") {
    std::set<std::string_view> names;
    for (const auto& verb : examples::verbs()) {
        INFO(name_of(verb));
        CHECK(names.insert(name_of(verb)).second);
        const auto found = verb_of(name_of(verb));
        REQUIRE(found);
        CHECK(found->index() == verb.index());
    }
    CHECK(names.size() == std::variant_size_v<Verb>);
    CHECK_FALSE(verb_of("unlock"));
}

TEST_CASE("dispatch opens no door, an operator changes no delivery, who names keys does neither") {
    CHECK_FALSE(may_ask(Role::dispatch, Open{}));
    CHECK_FALSE(may_ask(Role::dispatch, SetService{}));
    std::set<std::string_view> asked, named;
    for (const auto& verb : examples::verbs()) {
        if (may_ask(Role::operations, verb)) asked.insert(name_of(verb));
        if (may_ask(Role::authority, verb)) named.insert(name_of(verb));
    }
    CHECK(asked ==
          std::set<std::string_view>{"open", "resolve", "self_test", "service", "snapshot"});
    CHECK(named == std::set<std::string_view>{"keys"});
    CHECK_FALSE(may_ask(Role::dispatch, SetKeys{}));
    CHECK_FALSE(may_ask(Role::dispatch, Resolve{}));
}

}  // namespace lucheng::protocol
