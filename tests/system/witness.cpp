#include "tests/system/witness.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <stdexcept>

namespace lucheng::system_test {

namespace {

// Checks one event against the end of its journal and adds it; one that came before must be equal.
void add(Journal& journal, const protocol::Event& event, protocol::Entry entry) {
    const auto number = protocol::number_of(entry.header.number);
    if (protocol::digest_of(event.entry) != event.hash) {
        throw std::runtime_error(fmt::format("entry {} is not what its hash says", number));
    }
    if (number <= journal.entries.size()) {
        const auto& known = journal.entries[number - 1];
        if (known.header.previous != entry.header.previous || known.fact != entry.fact) {
            throw std::runtime_error(fmt::format("entry {} came twice, and differs", number));
        }
        return;
    }
    if (number != journal.entries.size() + 1) {
        throw std::runtime_error(
            fmt::format("entry {} came after {}", number, journal.entries.size()));
    }
    if (entry.header.previous != journal.head) {
        throw std::runtime_error(fmt::format("entry {} hangs on another than the last", number));
    }
    journal.head = event.hash;
    journal.entries.push_back(std::move(entry));
}

template <class Accepts>
std::size_t count_if(const std::vector<protocol::Entry>& entries, Accepts accepts) {
    return static_cast<std::size_t>(
        std::count_if(entries.begin(), entries.end(),
                      [&](const protocol::Entry& entry) { return accepts(entry.fact); }));
}

}  // namespace

std::optional<protocol::Entry> entry_in(const rig::Received& message) {
    auto event = protocol::decode_event(message.payload);
    if (!event) return std::nullopt;
    auto entry = protocol::decode_entry(event.value().entry);
    if (!entry) return std::nullopt;
    return std::move(entry).value();
}

std::vector<Journal> journals(const std::vector<rig::Received>& heard,
                              const std::string& event_topic) {
    std::vector<Journal> found;
    for (const auto& message : heard) {
        if (message.topic != event_topic) continue;
        auto event = protocol::decode_event(message.payload);
        auto entry = entry_in(message);
        if (!event || !entry) throw std::runtime_error("not an event: " + message.payload);
        const std::string& epoch = entry->header.epoch.str();
        auto journal = std::find_if(found.begin(), found.end(),
                                    [&](const Journal& one) { return one.epoch == epoch; });
        if (journal == found.end()) {
            journal = found.insert(found.end(), Journal{.epoch = epoch, .entries = {}});
        }
        add(*journal, event.value(), std::move(*entry));
    }
    return found;
}

std::size_t count(const std::vector<protocol::Entry>& entries, protocol::FactKind kind) {
    return count_if(entries, [&](const protocol::Fact& fact) { return fact.kind == kind; });
}

std::size_t count(const std::vector<protocol::Entry>& entries, protocol::FactKind kind,
                  const std::string& delivery) {
    return count_if(entries, [&](const protocol::Fact& fact) {
        return fact.kind == kind && fact.delivery && fact.delivery->str() == delivery;
    });
}

std::size_t count(const std::vector<protocol::Entry>& entries, protocol::FactKind kind,
                  std::uint16_t compartment) {
    return count_if(entries, [&](const protocol::Fact& fact) {
        return fact.kind == kind && fact.compartment &&
               protocol::number_of(*fact.compartment) == compartment;
    });
}

std::string kinds(const std::vector<protocol::Entry>& entries, const std::string& delivery) {
    std::string line;
    for (const auto& entry : entries) {
        const auto& fact = entry.fact;
        if (!delivery.empty() && (!fact.delivery || fact.delivery->str() != delivery)) continue;
        if (!line.empty()) line += ' ';
        line += protocol::code_of(fact.kind);
    }
    return line;
}

}  // namespace lucheng::system_test
