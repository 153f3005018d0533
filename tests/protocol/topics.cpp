#include "protocol/topics.hpp"

#include <catch2/catch_test_macros.hpp>

namespace lucheng::protocol {

TEST_CASE("a cabinet's topics stand below the root and its id") {
    const auto topics = topics_of("lucheng/v1", CabinetId::of("KS-017"));
    CHECK(topics.status == "lucheng/v1/KS-017/status");
    CHECK(topics.state == "lucheng/v1/KS-017/state");
    CHECK(topics.command == "lucheng/v1/KS-017/command");
    CHECK(topics.reply == "lucheng/v1/KS-017/reply");
    CHECK(topics.event == "lucheng/v1/KS-017/event");
    CHECK(topics.health == "lucheng/v1/KS-017/health");
}

TEST_CASE("a root has one to eight plain levels") {
    for (const char* root : {"lucheng", "lucheng/v1", "a/b/c/d/e/f/g/h", "test_1/A-2"}) {
        INFO(root);
        CHECK(is_root(root));
    }
    for (const char* root : {"", "/", "/lucheng", "lucheng/", "a//b", "a/+/b", "#", "a/#", "$SYS",
                             "a b", "书柜", "a/b/c/d/e/f/g/h/i"}) {
        INFO(root);
        CHECK_FALSE(is_root(root));
    }
}

TEST_CASE("an answer goes only below the cabinet's own reply topic") {
    const auto topics = topics_of("lucheng/v1", CabinetId::of("KS-017"));
    CHECK(is_below_reply(topics, "lucheng/v1/KS-017/reply/desk-3"));
    CHECK(is_below_reply(topics, "lucheng/v1/KS-017/reply/desk-3/window_2"));
    for (const char* topic :
         {"", "lucheng/v1/KS-017/reply", "lucheng/v1/KS-017/reply/", "lucheng/v1/KS-017/replyx/a",
          "lucheng/v1/KS-018/reply/a", "lucheng/v1/KS-017/command", "lucheng/v1/KS-017/reply/#",
          "lucheng/v1/KS-017/reply/+/a", "lucheng/v1/KS-017/reply//a",
          "xlucheng/v1/KS-017/reply/a"}) {
        INFO(topic);
        CHECK_FALSE(is_below_reply(topics, topic));
    }
}

}  // namespace lucheng::protocol
