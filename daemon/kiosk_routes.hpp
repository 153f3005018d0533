// Which request means what, and the answers to it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/kiosk_request.hpp"
#include "daemon/kiosk_server.hpp"
#include "daemon/kiosk_site.hpp"

namespace lucheng::daemon {

inline constexpr std::string_view kiosk_events_path = "/api/events";

// Shared, because an answer may come when the server has gone.
class KioskRoutes : public std::enable_shared_from_this<KioskRoutes> {
public:
    // `touched` is called when a hand has moved something in the simulated cabinet.
    KioskRoutes(KioskOptions options, KioskHandlers handlers, std::function<void()> touched);
    // Answers once: now, or when the handler does.
    void serve(const KioskRequest& request, KioskReply reply) const;
    [[nodiscard]] std::string push_message() const;

private:
    [[nodiscard]] KioskResponse get(const KioskRequest& request, std::string_view path) const;
    [[nodiscard]] const KioskSite::File* file_at(std::string_view path) const;  // null: none
    void post(std::string_view path, std::string_view body, KioskReply reply) const;
    void serve_test(const KioskRequest& request, std::string_view path, KioskReply reply) const;
    // kiosk_staff.cpp
    void serve_staff(const KioskRequest& request, std::string_view path, KioskReply reply) const;
    void post_staff(std::string_view path, std::string_view body, KioskReply reply) const;
    [[nodiscard]] std::string encode_staff() const;  // empty while none are logged in
    void post_test(std::string_view path, std::string_view body, KioskReply reply) const;
    [[nodiscard]] KioskResponse simulate(std::string_view path, std::string_view body) const;
    // Whether the path is one that takes POST.
    [[nodiscard]] bool takes_post(std::string_view path) const;
    [[nodiscard]] KioskHandlers::Done done_into(KioskReply reply) const;
    [[nodiscard]] std::string encode(const core::Screen& screen) const;
    [[nodiscard]] std::string encode_world() const;  // empty on a real cabinet

    KioskOptions options_;
    KioskHandlers handlers_;
    std::function<void()> touched_;
    KioskSite site_;
};

}  // namespace lucheng::daemon
