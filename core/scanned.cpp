// What readers read: the same rules as for what is typed, and an answer on the screen.
#include <cstdlib>

#include "core/state.hpp"
#include "protocol/mutants.hpp"

namespace lucheng::core {

using namespace std::chrono_literals;
namespace {

void serve(Turn& turn, const Scanned& scanned) {
    if (!scanned.meaning) {
        record_bounded(turn, {.kind = FactKind::denied, .reason = Reason::scan_unknown});
        return turn.refuse(Reason::scan_unknown);
    }
    switch (*scanned.meaning) {
        case ScanMeaning::code:
            if (MUTANT(61)) turn.s.ledger.cabinet.attempts.lockout_left = 0ms;
            return on_code(turn, scanned.secret);
        case ScanMeaning::token: return on_token(turn, scanned.secret);
        case ScanMeaning::card: return on_card(turn, scanned.secret, scanned.sealed);
        case ScanMeaning::reader_card:
            return on_card(turn, scanned.secret, scanned.sealed, CardOf::patrons);
        case ScanMeaning::courier_card:
            return on_card(turn, scanned.secret, scanned.sealed, CardOf::couriers);
        case ScanMeaning::parcel: return on_chosen(turn, scanned.parcel);
    }
    std::abort();
}

}  // namespace

void on_scanned(Turn& turn, const Scanned& scanned) {
    clear_notice(turn);
    serve(turn, scanned);
    if (!turn.refusal()) return;
    turn.s.told = Told{*turn.refusal(), turn.now.uptime + notice_shown};
    turn.show_change();
}

void notice_deadline(Turn& turn) {
    if (turn.s.told && turn.now.uptime >= turn.s.told->until) clear_notice(turn);
}

void clear_notice(Turn& turn) {
    if (!turn.s.told) return;
    turn.s.told.reset();
    turn.show_change();
}

// A loose plug is told of a few times an hour, then counted.
void on_reader_changed(Turn& turn, const ReaderChanged& changed) {
    const bool news = changed.there ? turn.s.readers_gone.erase(changed.reader) > 0
                                    : turn.s.readers_gone.insert(changed.reader).second;
    if (!news) return;
    turn.show_change();  // whether returns are taken
    record_bounded(turn, {.kind = changed.there ? FactKind::hardware_back : FactKind::hardware_lost,
                          .count = 0,
                          .detail = changed.reader});
}

}  // namespace lucheng::core
