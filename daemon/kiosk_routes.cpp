#include "daemon/kiosk_routes.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "daemon/kiosk_convert.hpp"
#include "protocol/codec.hpp"
#include "protocol/codec_kiosk.hpp"

namespace lucheng::daemon {

namespace {

using protocol::Reason;
using protocol::Refusal;
using protocol::Result;

constexpr std::string_view simulated_path = "/api/simulated";
constexpr std::string_view plan_path = "/api/plan";
constexpr std::array<std::string_view, 5> readable{"/api/screen", "/api/state", plan_path,
                                                   simulated_path, kiosk_events_path};
// Pages that have hands; where doors are real there are none.
constexpr std::string_view simulated_pages = "/simulated";
constexpr std::array<std::string_view, 8> people{"/api/code",    "/api/card",   "/api/choose",
                                                 "/api/answer",  "/api/return", "/api/size",
                                                 "/api/collect", "/api/walk"};
constexpr std::string_view test_path = "/api/test";
constexpr std::array<std::string_view, 3> test_paths{test_path, "/api/test/answer",
                                                     "/api/test/stop"};
constexpr std::array<std::string_view, 8> staff_paths{
    "/api/staff",      "/api/staff/journal",     "/api/staff/open",      "/api/staff/service",
    "/api/staff/test", "/api/staff/test/answer", "/api/staff/test/stop", "/api/staff/maintenance"};
constexpr std::array<std::string_view, 6> hands{"shut", "force", "take", "put", "fault", "swap"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& known, std::string_view text) {
    for (const auto one : known) {
        if (one == text) return true;
    }
    return false;
}

// What a hand does to which compartment: /api/simulated/12/shut
struct Touch {
    core::CompartmentNumber compartment{};
    std::string_view hand;
};

std::optional<Touch> touch_in(std::string_view path) {
    if (!path.starts_with(simulated_path)) return std::nullopt;
    path.remove_prefix(simulated_path.size());
    if (!path.starts_with('/')) return std::nullopt;
    path.remove_prefix(1);
    std::uint16_t number = 0;
    const auto end = path.data() + path.size();
    const auto read = std::from_chars(path.data(), end, number);
    if (read.ec != std::errc{} || read.ptr == end || *read.ptr != '/') return std::nullopt;
    const std::string_view hand{read.ptr + 1, static_cast<std::size_t>(end - read.ptr - 1)};
    if (!is_one_of(hands, hand)) return std::nullopt;
    return Touch{core::CompartmentNumber{number}, hand};
}

// Whether the door allowed it; a refusal when the body is not what the hand needs.
Result<bool> move(hal::SimulatedWorld& world, const Touch& touch, std::string_view body) {
    const auto number = touch.compartment;
    if (touch.hand == "put") {
        const auto books = protocol::decode_books(body);
        if (!books) return books.refusal();
        return world.put(number, books.value());
    }
    if (touch.hand == "fault") {
        const auto fault = protocol::decode_fault(body);
        if (!fault) return fault.refusal();
        if (!world.fault(number, fault.value().fault, fault.value().on)) {
            return Refusal{Reason::malformed, "fault"};
        }
        return true;
    }
    if (touch.hand == "swap") {
        const auto other = protocol::decode_swap(body);
        if (!other) return other.refusal();
        return world.swap(number, other.value());
    }
    if (auto refusal = protocol::check_empty(body)) return std::move(*refusal);
    if (touch.hand == "shut") return world.shut(number);
    if (touch.hand == "force") return world.force(number);
    return world.take(number);
}

bool has(const hal::SimulatedWorld& world, core::CompartmentNumber number) {
    for (const auto known : world.numbers()) {
        if (known == number) return true;
    }
    return false;
}

// ?after=17: what the asker has seen already.
std::uint64_t after_in(std::string_view target) {
    constexpr std::string_view name = "?after=";
    const auto at = target.find(name);
    std::uint64_t after = 0;
    if (at == std::string_view::npos) return after;
    target.remove_prefix(at + name.size());
    std::from_chars(target.data(), target.data() + target.size(), after);
    return after;
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

KioskResponse malformed(const Refusal& refusal) {
    return kiosk_error(400, refusal.reason, refusal.argument);
}

}  // namespace

KioskResponse kiosk_json(unsigned status, std::string json) {
    return {.status = status, .body = std::make_shared<const std::string>(std::move(json))};
}

KioskResponse kiosk_error(unsigned status, Reason reason, std::string argument) {
    return kiosk_json(status,
                      protocol::encode_outcome(Refusal{reason, std::move(argument)}, {}, {}));
}

KioskRoutes::KioskRoutes(KioskOptions options, KioskHandlers handlers,
                         std::function<void()> touched)
    : options_{std::move(options)},
      handlers_{std::move(handlers)},
      touched_{std::move(touched)},
      site_{options_.web_directory} {}

void KioskRoutes::serve(const KioskRequest& request, KioskReply reply) const {
    const auto path = path_of(request.target);
    if (is_one_of(test_paths, path)) return serve_test(request, path, std::move(reply));
    if (is_one_of(staff_paths, path)) return serve_staff(request, path, std::move(reply));
    const bool reads = request.method == "GET" || request.method == "HEAD";
    const bool takes_get = is_one_of(readable, path) || file_at(path) != nullptr;
    if (reads && takes_get) return reply(get(request, path));
    if (request.method == "POST" && takes_post(path)) {
        return post(path, request.body, std::move(reply));
    }
    if (!takes_get && !takes_post(path)) {
        return reply(kiosk_error(404, Reason::malformed, "path"));
    }
    auto refused = kiosk_error(405, Reason::malformed, "method");
    refused.allow = takes_get ? "GET, HEAD" : "POST";
    reply(std::move(refused));
}

KioskResponse KioskRoutes::get(const KioskRequest& request, std::string_view path) const {
    if (path == "/api/screen") return kiosk_json(200, encode(handlers_.screen()));
    if (path == "/api/state") return kiosk_json(200, protocol::encode(handlers_.state()));
    if (path == plan_path) return kiosk_json(200, protocol::encode(options_.plan));
    if (path == simulated_path) {
        if (handlers_.world == nullptr) return kiosk_error(404, Reason::malformed, "path");
        return kiosk_json(200, encode_world());
    }
    if (path == kiosk_events_path) return kiosk_error(426, Reason::malformed, "upgrade");
    const auto* file = file_at(path);
    KioskResponse response{.status = 200, .type = file->type, .body = file->bytes};
    response.varies = file->gzip != nullptr;
    if (response.varies && request.takes_gzip) {
        response.body = file->gzip;
        response.encoding = "gzip";
    }
    return response;
}

const KioskSite::File* KioskRoutes::file_at(std::string_view path) const {
    if (handlers_.world == nullptr && path.starts_with(simulated_pages)) return nullptr;
    return site_.find(path);
}

bool KioskRoutes::takes_post(std::string_view path) const {
    return is_one_of(people, path) || (handlers_.world != nullptr && touch_in(path));
}

void KioskRoutes::post(std::string_view path, std::string_view body, KioskReply reply) const {
    if (path == "/api/code") {
        auto code = protocol::decode_code(body);
        if (!code) return reply(malformed(code.refusal()));
        return handlers_.code(code.value().text, done_into(std::move(reply)));
    }
    if (path == "/api/card") {
        auto card = protocol::decode_card(body);
        if (!card) return reply(malformed(card.refusal()));
        return handlers_.card(card.value().text, done_into(std::move(reply)));
    }
    if (path == "/api/choose") {
        auto choice = protocol::decode_choice(body);
        if (!choice) return reply(malformed(choice.refusal()));
        return handlers_.choose(std::move(choice).value(), done_into(std::move(reply)));
    }
    if (path == "/api/answer") {
        const auto word = protocol::decode_answer(body);
        if (!word) return reply(malformed(word.refusal()));
        const auto answer = answer_of(word.value());
        if (!answer) return reply(kiosk_error(400, Reason::malformed, "answer"));
        return handlers_.answer(*answer, done_into(std::move(reply)));
    }
    if (path == "/api/size") {
        const auto size = protocol::decode_size(body);
        if (!size) return reply(malformed(size.refusal()));
        return handlers_.size(size.value(), done_into(std::move(reply)));
    }
    if (path == "/api/return" || path == "/api/collect" || path == "/api/walk") {
        if (auto refusal = protocol::check_empty(body)) return reply(malformed(*refusal));
        const auto& ask = path == "/api/return"    ? handlers_.bring_back
                          : path == "/api/collect" ? handlers_.collect
                                                   : handlers_.walk;
        return ask(done_into(std::move(reply)));
    }
    reply(simulate(path, body));
}

// A test opens doors on the word of who asks: only who may read the control socket.
void KioskRoutes::serve_test(const KioskRequest& request, std::string_view path,
                             KioskReply reply) const {
    if (!request.local_socket) return reply(kiosk_error(403, Reason::not_permitted, "socket"));
    if (request.method == "POST") return post_test(path, request.body, std::move(reply));
    if (path != test_path || request.method != "GET") {
        auto refused = kiosk_error(405, Reason::malformed, "method");
        refused.allow = path == test_path ? "GET, POST" : "POST";
        return reply(std::move(refused));
    }
    handlers_.test(after_in(request.target), [routes = weak_from_this(), reply = std::move(reply)](
                                                 protocol::TestReport report) {
        const auto alive = routes.lock();
        if (!alive) return;
        report.cabinet_name = alive->options_.cabinet_name;
        report.version = alive->options_.version;
        reply(kiosk_json(200, protocol::encode(report)));
    });
}

void KioskRoutes::post_test(std::string_view path, std::string_view body, KioskReply reply) const {
    if (path == test_path) {
        auto order = protocol::decode_test_order(body);
        if (!order) return reply(malformed(order.refusal()));
        return handlers_.begin_test(std::move(order).value(), done_into(std::move(reply)));
    }
    if (path == "/api/test/answer") {
        const auto answer = protocol::decode_test_answer(body);
        if (!answer) return reply(malformed(answer.refusal()));
        return handlers_.answer_test(answer.value(), done_into(std::move(reply)));
    }
    if (auto refusal = protocol::check_empty(body)) return reply(malformed(*refusal));
    handlers_.stop_test(done_into(std::move(reply)));
}

KioskResponse KioskRoutes::simulate(std::string_view path, std::string_view body) const {
    const auto touch = touch_in(path);
    std::optional<Refusal> refusal;
    if (!has(*handlers_.world, touch->compartment)) {
        refusal = Refusal{Reason::unknown_compartment,
                          std::to_string(protocol::number_of(touch->compartment))};
    } else {
        const auto moved = move(*handlers_.world, *touch, body);
        if (!moved) return malformed(moved.refusal());
        if (!moved.value()) refusal = Refusal{Reason::wrong_state, std::string{touch->hand}};
    }
    if (!refusal) touched_();
    return kiosk_json(200, protocol::encode_outcome(refusal, {}, encode_world()));
}

KioskHandlers::Done KioskRoutes::done_into(KioskReply reply) const {
    return [routes = weak_from_this(), reply = std::move(reply)](KioskHandlers::Outcome outcome) {
        const auto alive = routes.lock();
        if (!alive) return;
        reply(kiosk_json(
            200, protocol::encode_outcome(outcome.refusal, alive->encode(outcome.screen), {})));
    };
}

std::string KioskRoutes::encode(const core::Screen& screen) const {
    auto message = message_of(screen);
    message.cabinet_name = options_.cabinet_name;
    message.help_telephone = options_.help_telephone;
    message.version = options_.version;
    message.staff_told = handlers_.staff_told();
    message.online = handlers_.online();
    message.stalled = handlers_.stalled();
    message.simulated = handlers_.world != nullptr;
    return protocol::encode(message);
}

std::string KioskRoutes::encode_world() const {
    if (handlers_.world == nullptr) return {};
    return protocol::encode(message_of(*handlers_.world));
}

std::string KioskRoutes::push_message() const {
    return protocol::encode_push(encode(handlers_.screen()), encode_staff(), encode_world());
}

}  // namespace lucheng::daemon
