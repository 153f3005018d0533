// What staff ask at the screen. The core judges each; here nobody else gets so far.
#include <utility>

#include "daemon/kiosk_routes.hpp"
#include "protocol/codec.hpp"
#include "protocol/codec_kiosk.hpp"
#include "protocol/codec_staff.hpp"

namespace lucheng::daemon {

namespace {

using protocol::Reason;

constexpr std::string_view whole_path = "/api/staff";
constexpr std::string_view journal_path = "/api/staff/journal";

KioskResponse malformed(const protocol::Refusal& refusal) {
    return kiosk_error(400, refusal.reason, refusal.argument);
}

bool is_staffs(const core::Screen& screen) { return screen.role == core::PersonRole::staff; }

}  // namespace

void KioskRoutes::serve_staff(const KioskRequest& request, std::string_view path,
                              KioskReply reply) const {
    const bool reads = path == whole_path || path == journal_path;
    if (request.method != (reads ? "GET" : "POST")) {
        auto refused = kiosk_error(405, Reason::malformed, "method");
        refused.allow = reads ? "GET" : "POST";
        return reply(std::move(refused));
    }
    if (!is_staffs(handlers_.screen())) {
        return reply(kiosk_error(403, Reason::not_permitted, "staff"));
    }
    if (path == whole_path) return reply(kiosk_json(200, encode_staff()));
    if (path != journal_path) return post_staff(path, request.body, std::move(reply));
    handlers_.staff.journal(
        [reply = std::move(reply)](const std::vector<protocol::JournalLine>& lines) {
            reply(kiosk_json(200, protocol::encode(lines)));
        });
}

void KioskRoutes::post_staff(std::string_view path, std::string_view body, KioskReply reply) const {
    const auto& staff = handlers_.staff;
    if (path == "/api/staff/open") {
        const auto number = protocol::decode_opening(body);
        if (!number) return reply(malformed(number.refusal()));
        return staff.open(number.value(), done_into(std::move(reply)));
    }
    if (path == "/api/staff/service") {
        const auto service = protocol::decode_service(body);
        if (!service) return reply(malformed(service.refusal()));
        return staff.service(service.value(), done_into(std::move(reply)));
    }
    if (path == "/api/staff/maintenance") {
        const auto on = protocol::decode_maintenance(body);
        if (!on) return reply(malformed(on.refusal()));
        return staff.maintenance(on.value(), done_into(std::move(reply)));
    }
    if (path == "/api/staff/test") {
        auto order = protocol::decode_staff_test(body);
        if (!order) return reply(malformed(order.refusal()));
        return staff.begin_test(std::move(order).value(), done_into(std::move(reply)));
    }
    if (path == "/api/staff/test/answer") {
        const auto answer = protocol::decode_test_answer(body);
        if (!answer) return reply(malformed(answer.refusal()));
        return staff.answer_test(answer.value(), done_into(std::move(reply)));
    }
    if (auto refusal = protocol::check_empty(body)) return reply(malformed(*refusal));
    staff.stop_test(done_into(std::move(reply)));
}

std::string KioskRoutes::encode_staff() const {
    if (!is_staffs(handlers_.screen())) return {};
    auto test = handlers_.staff.test();
    test.cabinet_name = options_.cabinet_name;
    test.version = options_.version;
    return protocol::encode_staff(protocol::encode(handlers_.state()), protocol::encode(test));
}

}  // namespace lucheng::daemon
