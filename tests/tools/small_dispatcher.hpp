// The smallest dispatcher that does all that docs/integrating.md asks, over one cabinet and in
// memory alone; and the same with one thing done wrong.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "protocol/later.hpp"
#include "protocol/sealing.hpp"
#include "protocol/signature.hpp"
#include "protocol/topics.hpp"
#include "tests/rig/mqtt_peer.hpp"

namespace lucheng::tools_test {

enum class Wrong : std::uint8_t {
    nothing,
    asks_once,                 // and waits for an answer for ever
    makes_the_box_anew,        // at each retry, under the same id
    takes_a_new_id,            // for each retry
    never_listens_to_replies,  // and goes on asking
    signs_with_another_key,
    seals_to_another_cabinet,
    sends_codes_in_clear,
    retains_commands,
    keeps_the_revision,
    asks_the_same_again,  // whatever the answer was
    never_cancels,
    never_acknowledges,
    acknowledges_what_the_state_says,
    never_asks_for_a_replay,
    believes_any_entry,
    stops_at_what_it_does_not_know,
    never_quotes_the_boot,
    stays_in_the_old_epoch,
};

class SmallDispatcher {
public:
    SmallDispatcher(const std::string& broker_uri, protocol::CabinetId cabinet,
                    protocol::SigningKey key, protocol::SealingPublicKey box, Wrong wrong);
    ~SmallDispatcher();
    SmallDispatcher(const SmallDispatcher&) = delete;
    SmallDispatcher& operator=(const SmallDispatcher&) = delete;

private:
    using Instant = std::chrono::steady_clock::time_point;
    enum class Stage : std::uint8_t { wanted, asked, assigned, deposited, refused, ended };
    struct Delivery {
        protocol::Assign assign;  // with its secrets in clear
        Stage stage = Stage::wanted;
        std::optional<protocol::CompartmentNumber> compartment{};
        Instant not_before{};
    };
    struct Pending {
        protocol::Verb verb;
        protocol::DeliveryId delivery{};
        std::string bytes{};
        Instant next{};
    };

    void run(const std::stop_token& stop);
    void hear(const rig::Received& message);
    void on_status(const std::string& bytes);
    void on_state(const std::string& bytes);
    void on_event(const std::string& bytes);
    void on_fact(const protocol::Entry& entry);
    void on_reply(const std::string& bytes);
    void on_assigned(Delivery& delivery, const protocol::AnyReply& any);
    void act();
    void act_on(Delivery& delivery);
    void ask(protocol::Verb verb, const protocol::DeliveryId& delivery = {});
    [[nodiscard]] std::string bytes_of(const protocol::CommandId& id, protocol::Verb verb);
    [[nodiscard]] bool is_asked(std::string_view verb, const protocol::DeliveryId& delivery = {});
    [[nodiscard]] bool is(Wrong wrong) const { return wrong_ == wrong; }

    protocol::CabinetId cabinet_;
    protocol::Topics topics_;
    protocol::SigningKey key_;
    protocol::SealingPublicKey box_;
    Wrong wrong_;
    std::vector<Delivery> deliveries_{};
    std::map<protocol::CommandId, Pending> pending_{};
    std::optional<protocol::Status> status_{};
    std::optional<protocol::StateReport> state_{};
    protocol::EpochId epoch_{};
    std::uint64_t taken_ = 0, acknowledged_ = 0;
    protocol::Digest hash_{};
    bool gap_ = false, stuck_ = false;
    Instant level_{}, next_replay_{};
    std::uint64_t next_id_ = 1;
    rig::MqttPeer peer_;
    std::jthread thread_;
};

}  // namespace lucheng::tools_test
