// Rules broken on purpose, one at a time, to prove that the simulation notices. False in everything
// that is built for use; the table of them is tests/simulation/mutants.cpp.
#pragma once

#ifdef LUCHENG_MUTANTS
namespace lucheng {
extern int broken_rule;  // 0: none
}
#define MUTANT(number) (::lucheng::broken_rule == (number))
#else
#define MUTANT(number) false
#endif
