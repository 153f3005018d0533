// Which journal entries go to the broker next: in order, a bounded number unacknowledged, none
// passed over. Keeps numbers only; whoever owns it reads the entries and publishes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "protocol/ids.hpp"

namespace lucheng::daemon {

class LinkEvents {
public:
    explicit LinkEvents(std::size_t in_flight_most);

    // `sent`: the newest that a broker has accepted. `head`: the newest there is.
    void start(protocol::JournalNumber sent, protocol::JournalNumber head);
    void grew(protocol::JournalNumber head);
    // Again from here on; a number that was not accepted yet is never passed over by this.
    void send_from(protocol::JournalNumber from);

    // A connection stands, whose broker takes at most so many unacknowledged messages.
    void opened(std::size_t receive_maximum);
    void closed();

    // What to read now, if anything. Until it is answered there is no other wish. False: the answer
    // is stale, to be thrown away.
    struct Wish {
        protocol::JournalNumber from{};
        std::size_t count = 0;
        std::uint64_t ticket = 0;
    };
    [[nodiscard]] std::optional<Wish> wish();
    [[nodiscard]] bool answered(std::uint64_t ticket, bool with_nothing);
    // Whether `count` entries from this number on may go out now, because all before them are on
    // their way; they need not be read then.
    [[nodiscard]] bool takes(protocol::JournalNumber first, std::size_t count) const;
    // This entry is being published; its acknowledgement bears the tag, which is never zero.
    [[nodiscard]] std::uintptr_t publishing(protocol::JournalNumber number);

    // The newest entry accepted so far, when this has moved it.
    [[nodiscard]] std::optional<protocol::JournalNumber> accepted(std::uintptr_t tag);
    // Not taken, or taken for nobody. True when it was waited for: nothing is sent now until
    // `retry`, and then one entry alone until one is accepted.
    [[nodiscard]] bool refused(std::uintptr_t tag);
    void retry();

    [[nodiscard]] std::uint64_t depth() const;  // entries that no broker has accepted

private:
    struct InFlight {
        std::uint64_t number = 0;
        std::uintptr_t tag = 0;
        bool accepted = false;
    };
    [[nodiscard]] InFlight* in_flight(std::uintptr_t tag);
    void rewind();

    std::size_t in_flight_most_;
    std::size_t window_;
    std::uint64_t accepted_ = 0;    // the newest accepted, ever
    std::uint64_t contiguous_ = 0;  // all up to here are accepted in this pass
    std::uint64_t next_ = 1;        // the next to read
    std::uint64_t head_ = 0;
    std::deque<InFlight> in_flight_{};
    std::uint64_t ticket_ = 0;
    bool open_ = false;
    bool reading_ = false;
    bool probing_ = false;  // one at a time, until one is accepted
    bool waiting_ = false;  // for `retry`
    bool starved_ = false;  // the journal gave nothing where an entry was due
};

}  // namespace lucheng::daemon
