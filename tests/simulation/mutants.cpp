// style: table
#include "tests/simulation/mutants.hpp"

#include <array>

#include "protocol/mutants.hpp"

#ifdef LUCHENG_MUTANTS
namespace lucheng {
int broken_rule = 0;
}
#endif

namespace lucheng::simulation {

namespace {

constexpr auto all = std::to_array<Mutant>({
    {1, "a commit is synced (synchronous=FULL)"},
    {2, "rows and record are one transaction"},
    {3, "what failed is not tried again"},
    {4, "on a full disk the ballast is let go"},
    {5, "a start brings a checkpoint to the disk first"},
    {6, "answered commands are remembered on the disk"},
    {7, "wrong codes and lock-outs are kept on the disk"},
    {8, "authorisations are kept on the disk"},
    {9, "a lock is pulsed after the commit"},
    {10, "an answer is sent after the commit"},
    {11, "a replay is sent when it is asked for"},
    {12, "an entry that the broker refused is sent again"},
    {13, "after a restart the record goes on where the broker has it"},
    {14, "nothing is assigned where a reopening grace runs"},
    {15, "nothing is assigned out of service"},
    {16, "nothing is assigned where the content is not explained"},
    {17, "nothing is assigned where something is sensed"},
    {18, "nothing is assigned behind an open door"},
    {19, "what has ended leaves a tombstone"},
    {20, "three pulses an opening"},
    {21, "a forced door is recorded"},
    {22, "a door left open is recorded"},
    {23, "the door that opens is the one that was authorised"},
    {24, "a reopening grace ends"},
    {25, "no pulse at a start"},
    {26, "a restart forgives no wrong code"},
    {27, "a start looks for what lies where nothing should"},
    {28, "a code opens nothing before the deposit"},
    {29, "a code opens nothing after the recall has begun"},
    {30, "an expired delivery may be collected until its recall"},
    {31, "a lock-out refuses codes"},
    {32, "a code opens only its own delivery"},
    {33, "shut empty is no deposit"},
    {34, "shut with the book inside is no pickup"},
    {35, "shut with the book inside is no recall"},
    {36, "no further door opens for who left one open"},
    {37, "a repeated command gets its first answer and moves nothing"},
    {38, "a full disk takes no new deliveries"},
    {39, "no cancel while the courier stands before the door"},
    {40, "floods are counted, not listed"},
    {41, "a lock-out lasts its time"},
    {42, "with a sensor, a courier's word is no deposit"},
    {43, "the record's newest number is in the transaction"},
    {44, "without a sensor a forced door may hide something at once"},
    {45, "another body under a known id is refused"},
    {46, "without a sensor an interrupted opening is disputed"},
    {47, "a stored book that is sensed gone at a start is disputed"},
    {48, "a door found open at a start is told of"},
    {49, "what was set aside may be tried again"},
    {50, "nothing is pruned that dispatch does not have"},
    {51, "a list of keys is in force once it is durable"},
    {52, "a list of keys gives way only to a newer one"},
    {53, "after a restart the newest list of keys is in force"},
    {54, "a dispute does not end against the sensor's word"},
    {55, "nobody is forgotten who has something here"},
    {56, "a lock-out does not shut out tokens"},
    {57, "a door that did not catch is shown open again"},
    {58, "a start adds nothing to a log that a power cut tore"},
    {60, "a courier's card and a reader card are never taken for each other"},
    {61, "a lock-out refuses scanned codes as well"},
    {62, "nothing is put where a return lies"},
    {63, "what nobody has said of a return counts as inside"},
    {64, "shut empty is no return"},
    {65, "shut with the book inside is no collection"},
    {66, "an older notice never covers a newer one"},
    {67, "a notice goes when its time is over"},
    {68, "a notice is kept through a restart"},
    {69, "a courier opens no door but those of an errand"},
    {70, "what staff take out of service is in the record"},
    {71, "what a walk does not find is disputed"},
    {72, "only a walk that saw every compartment ends the need of one"},
    {73, "a walk ends with the leave of who walks"},
    {74, "a maintenance ends with its time"},
    {75, "what a patron finds behind a door is looked for before it is given again"},
});

}  // namespace

std::span<const Mutant> mutants() { return all; }

bool break_rule([[maybe_unused]] int number) {
#ifdef LUCHENG_MUTANTS
    broken_rule = number;
    return true;
#else
    return number == 0;
#endif
}

}  // namespace lucheng::simulation
