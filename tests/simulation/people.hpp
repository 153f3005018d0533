// Couriers, patrons, staff, guessers and vandals. Each looks at the screen and at the doors now and
// then and does what somebody like him would do, which is not always right.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/simulation/dispatch.hpp"
#include "tests/simulation/machine.hpp"

namespace lucheng::simulation {

using core::Answer;
using core::ScreenName;

enum class Trade : std::uint8_t { patron, courier, guesser, returner, staff };

// Books that are brought back have names of their own, and so have those who bring them.
inline constexpr std::string_view returned_books = "R-", returners_card = "CARD-RETURN-";
[[nodiscard]] bool is_returned(const DeliveryId& books);

struct Visitor {
    Trade trade{};
    Random dice;
    bool careful = false;  // makes no mistakes
    DeliveryId parcel{};   // a patron's; or the books that he brings back
    std::string code{}, card{}, token{};
    int tries_left = 3;
    int looks_left = 120;
    bool mine = false;  // the session is
    bool done = false;
    std::optional<Milliseconds> asked_at{};
    std::uint64_t question = 0;
    std::optional<CompartmentNumber> door{};
    bool handled = false;  // put in or taken out what he wanted
    std::set<DeliveryId> skip{};
    int again = 0;
    bool took = false;                                // something out of the last door
    std::optional<CompartmentNumber> complains_of{};  // said that something lies inside there
    bool collected = false;                           // the returns, on this round
    std::optional<CompartmentNumber> looks_behind{};  // staff: the door that they came for
    bool maintains = false;                           // staff: opens a door with the key as well
    bool walks = false;                               // staff: through the whole cabinet
    std::optional<CompartmentNumber> found{};         // were asked last what is there,
    int asked = 0;                                    // so often
    bool insists = false;                             // shows his key though he has what it was for
    // What a courier chose last, behind which door: he sees that one spring, whatever the screen
    // shows.
    std::optional<std::pair<CompartmentNumber, DeliveryId>> chosen{};
};
using VisitorPtr = std::shared_ptr<Visitor>;

class People {
public:
    People(Timeline& time, Machine& machine, Doors& doors, Dispatch& dispatch, Random dice);

    void courier_comes(Random dice);
    void patron_comes(const DeliveryId& parcel, Random dice, int visit = 0);
    void guesser_comes(Random dice, int tries);
    void returner_comes(Random dice);
    void staff_comes(CompartmentNumber number);
    // At odd hours, and nobody has sent them: they log in, open a door, look, and may take the
    // compartment out of service and back.
    void staff_visits(Random dice);
    // They compare every compartment with the ledger, are sometimes wrong, and sometimes lose their
    // leave on the way.
    void staff_walks(Random dice);
    void vandal_comes(Random dice);
    // He pulls the plug before or after he forces a door, and is gone when the power is back.
    void burglar_comes(Random dice, const std::function<void()>& pull_the_plug);
    // Shows the readers all that is no key here: garbage, other cabinets' labels, and the numbers
    // of keys as what they are not.
    void stranger_scans(Random dice, const std::vector<std::string>& cards);
    void patron_comes_back(Random dice);  // the last who was served, with the code he has used
    // The next parcel for which a courier has a door opened, at that moment.
    std::function<void(const DeliveryId&)> has_chosen{};
    void tidy();  // who passes by shuts what stands open
    void behave() { careful_ = true; }
    void retire(const DeliveryId& parcel) { taken_.erase(parcel); }

    // For the judge: what was typed or shown, and what came of it.
    struct Presented {
        std::string text;
        bool card = false;
        std::optional<Reason> refused{};
    };
    std::function<void(const std::string& text, bool card)> presenting{};
    std::function<void(const Presented&)> presented{};
    std::function<void()> touched{};  // the screen
    // What they asked for at the screen was answered with ok.
    std::function<void(CompartmentNumber, bool in)> put_in_service{};
    std::function<void()> maintenance_declared{};  // asked for, whatever the answer
    std::function<void(CompartmentNumber, const char* why)> misled{};  // by a person's word or hand
    std::function<void(CompartmentNumber)>
        put_right{};  // told of what lies inside, and acted on it
    std::function<void(const std::string&)> tells{};

    [[nodiscard]] const std::set<DeliveryId>& taken() const { return taken_; }
    [[nodiscard]] const std::string& courier_code() const { return courier_code_; }
    [[nodiscard]] const std::string& courier_card() const { return courier_card_; }
    [[nodiscard]] const std::string& staff_code() const { return staff_code_; }
    [[nodiscard]] const std::string& staff_card() const { return staff_card_; }

private:
    void arrive(const VisitorPtr& visitor);
    void look_soon(const VisitorPtr& visitor);
    void look(const VisitorPtr& visitor);
    void leave(const VisitorPtr& visitor);
    bool at_door(const VisitorPtr& visitor);
    void sees_it_spring(Visitor& visitor);
    void hands_of_patron(Visitor& visitor, Doors::Box& box);
    void hands_of_courier(const VisitorPtr& visitor, Doors::Box& box);
    void patron_sees(const VisitorPtr& visitor, const core::Screen& screen);
    void courier_sees(const VisitorPtr& visitor, const core::Screen& screen);
    void courier_chooses(const VisitorPtr& visitor, const core::Screen& screen);
    void guesser_sees(const VisitorPtr& visitor);
    void returner_sees(const VisitorPtr& visitor, const core::Screen& screen);
    void returner_says(const VisitorPtr& visitor, const core::Screen& screen);
    void ask_to_return(const VisitorPtr& visitor);
    void hands_of_returner(const VisitorPtr& visitor, Doors::Box& box);
    [[nodiscard]] bool has_books(const Visitor& visitor) const;
    void staff_sees(const VisitorPtr& visitor, const core::Screen& screen);
    void staff_chooses(const VisitorPtr& visitor);
    void staff_finds(const VisitorPtr& visitor, const core::Screen& screen);
    [[nodiscard]] Answer word_of(const core::Screen& screen, const Doors::Box& box) const;
    void hands_of_staff(Visitor& visitor, Doors::Box& box);
    void work_with_key(Random dice);
    void set_service(const VisitorPtr& visitor, CompartmentNumber number, bool in);
    void try_any_door(const VisitorPtr& visitor);  // by who may not
    [[nodiscard]] std::optional<protocol::CompartmentReport> line_of(CompartmentNumber number);
    void present(const VisitorPtr& visitor, std::string text, bool card);
    void scan_key(const VisitorPtr& visitor, const std::string& text, bool card,
                  daemon::KioskHandlers::Done done);
    void after_presenting(const VisitorPtr& visitor, const std::optional<Reason>& refused);
    void say(const VisitorPtr& visitor, Answer answer);
    void choose(const VisitorPtr& visitor, const DeliveryId& parcel);
    [[nodiscard]] daemon::KioskHandlers::Done heard(
        const VisitorPtr& visitor, std::function<void(const std::optional<Reason>&)> then);
    [[nodiscard]] bool carries(const DeliveryId& parcel) const;
    void take_all(Doors::Box& box);
    void burgle(CompartmentNumber number, std::uint64_t mischief);
    [[nodiscard]] bool slips(Visitor& visitor, std::uint64_t percent) const;

    Timeline& time_;
    Machine& machine_;
    Doors& doors_;
    Dispatch& dispatch_;
    Random dice_;
    std::set<DeliveryId> taken_{};  // out of the cabinet for good: by a patron, or back
    DeliveryId last_taken_{};       // by a patron
    std::map<CompartmentNumber, int> attended_{};
    std::string courier_code_ = "90000001", courier_card_ = "CARD-COURIER-1";
    std::string staff_code_ = "93570002", staff_card_ = "CARD-STAFF-1";
    VisitorPtr courier_{};
    std::uint64_t strangers_ = 0, returners_ = 0;
    bool careful_ = false;
    Random readers_{20'261'122};  // who types and who scans
};

}  // namespace lucheng::simulation
