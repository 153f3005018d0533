// A cabinet that is nothing but its messages: a journal with its chain, compartments, and a state
// that follows them. What it says is right, unless it is asked to hold something back.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "protocol/codec.hpp"
#include "protocol/topics.hpp"
#include "tools/cabinetctl/session.hpp"

namespace lucheng::cabinetctl {

// Of a delivery as the cabinet holds it.
struct Held {
    protocol::CompartmentNumber compartment{};
    protocol::DeliveryState state{};
    protocol::PersonId patron{};
    std::uint16_t books = 1;
};

class PlayedCabinet {
public:
    PlayedCabinet(Session& session, protocol::CabinetId id);

    [[nodiscard]] const protocol::CabinetId& id() const { return id_; }
    [[nodiscard]] const protocol::Topics& topics() const { return topics_; }
    [[nodiscard]] const protocol::EpochId& epoch() const { return epoch_; }
    [[nodiscard]] const protocol::BootId& boot() const { return boot_; }
    [[nodiscard]] bool time_trusted() const { return time_trusted_; }

    // A run begins: `init`, and `booted` in the journal; the caller says when it is ready.
    void start(bool time_trusted);
    void say(protocol::Link link);
    void trust_time();
    // The database is another: nothing is known, and the journal begins anew.
    void lose_memory();
    // Takes what is retained off the broker.
    void vanish();

    // The journal. What is appended is told by `tell`; both by `happen`.
    std::uint64_t append(const protocol::Fact& fact);
    std::uint64_t append_of_later_version();
    void tell(std::uint64_t number);
    std::uint64_t happen(const protocol::Fact& fact);
    void tell_forged(std::uint64_t number);  // another content under the number's own hash
    void tell_from(std::uint64_t number);
    void tell_state();

    [[nodiscard]] std::uint64_t head() const { return entries_.size(); }
    [[nodiscard]] const protocol::Digest& hash_of(std::uint64_t number) const {
        return entries_.at(number - 1).hash;
    }
    // Up to where every entry was told since the epoch began.
    [[nodiscard]] std::uint64_t told() const;
    [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
    void acknowledged(std::uint64_t number);

    // Compartments. None: all are taken.
    std::optional<protocol::CompartmentNumber> reserve(const protocol::Assign& assign);
    void put(const protocol::DeliveryId& delivery, Held held) { held_[delivery] = std::move(held); }
    void remove(const protocol::DeliveryId& delivery) { held_.erase(delivery); }
    [[nodiscard]] const Held* find(const protocol::DeliveryId& delivery) const;

private:
    void add(std::string bytes, std::optional<protocol::Personal> personal);

    Session& session_;
    protocol::CabinetId id_;
    protocol::Topics topics_;
    protocol::EpochId epoch_{};
    protocol::BootId boot_{};
    protocol::WallTime since_{};
    bool time_trusted_ = true;
    std::vector<protocol::Event> entries_{};
    std::set<std::uint64_t> told_{};
    std::uint64_t acknowledged_ = 0;
    std::map<protocol::DeliveryId, Held> held_{};
};

// 12 hexadecimal digits that nobody had before, after a letter.
[[nodiscard]] std::string new_name(char letter);

}  // namespace lucheng::cabinetctl
