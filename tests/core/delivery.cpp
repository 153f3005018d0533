// A delivery's life at the cabinet, as transcripts.
#include <catch2/catch_test_macros.hpp>

#include "tests/core/rig.hpp"

using namespace lucheng::test;
using lucheng::protocol::FactKind;

TEST_CASE("a parcel is assigned, dropped off and collected") {
    Rig cabinet;
    cabinet.grant_courier();
    std::ignore = cabinet.story();

    CHECK_FALSE(cabinet.assign({.id = "D-1", .code = "11112222"}));
    cabinet.code("900001");
    cabinet.choose("D-1");
    cabinet.put(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    cabinet.answer(Answer::leave);
    cabinet.code("11112222");
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.wait(1s);

    CHECK(cabinet.story() ==
          "command C-2 assign by dispatch -> assigned 1 D-1 command C-2 x3; reply C-2 ok\n"
          "choose D-1 -> unlock_authorised 1 D-1 #1 deposit by code; pulse 1 #1 try 1; lamp 1 on\n"
          "sensed 1 open empty -> opened 1 D-1 #1\n"
          "sensed 1 shut occupied -> closed 1 #1; lamp 1 off\n"
          "deadline -> deposited 1 D-1 #1 by code x3\n"
          "code -> unlock_authorised 1 D-1 #2 pickup by code; pulse 1 #2 try 1; lamp 1 on\n"
          "sensed 1 open occupied -> opened 1 D-1 #2\n"
          "sensed 1 shut empty -> closed 1 #2; lamp 1 off\n"
          "deadline -> collected 1 D-1 #2 by code x3\n");
    CHECK(cabinet.state("D-1") == DeliveryState::collected);
    CHECK(cabinet.screen() == "thanks");
}
