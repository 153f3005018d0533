#include "hal/gpio_inputs.hpp"

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <unistd.h>
#include <unordered_map>
#include <utility>

#include "hal/debounce.hpp"
#include "hal/gpio_settings.hpp"

namespace lucheng::hal {
namespace {

using namespace std::chrono_literals;

constexpr core::Milliseconds poll_every = 20ms;
// As many as the kernel keeps for one request at most.
constexpr std::size_t kernel_keeps = 1'024;
constexpr std::size_t read_at_once = 64;
// A storm of edges does not hold up the loop for longer than this.
constexpr int reads_in_a_row = 32;
constexpr int enotsupp = 524;  // the kernel's own, which no header of the C library has

bool means_no_edges(const std::error_code& error) {
    const int value = error.value();
    return value == ENXIO || value == EINVAL || value == EOPNOTSUPP || value == enotsupp;
}

gpiod::line_settings settings_of(const LineSpec& spec, bool edges) {
    gpiod::line_settings settings;
    settings.set_direction(gpiod::line::direction::INPUT)
        .set_active_low(spec.active_low)
        .set_bias(bias_of(spec.bias));
    if (edges) {
        settings.set_edge_detection(gpiod::line::edge::BOTH).set_debounce_period(spec.debounce);
    }
    return settings;
}

// Throws std::system_error.
gpiod::line_request take(const GpioChip& chip, const std::string& consumer,
                         const std::vector<GpioInputs::Line>& lines,
                         const std::vector<bool>& edges) {
    auto builder = chip.handle->prepare_request();
    builder.set_consumer(consumer).set_event_buffer_size(kernel_keeps);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        builder.add_line_settings(lines[i].offset, settings_of(lines[i].spec, edges[i]));
    }
    return builder.do_request();
}

bool tells_edges(const GpioChip& chip, const std::string& consumer, const GpioInputs::Line& line) {
    try {
        (void)take(chip, consumer, {line}, {true});
        return true;
    } catch (const std::system_error& error) {
        if (!means_no_edges(error.code())) throw;
        return false;
    }
}

struct Taken {
    gpiod::line_request request;
    std::vector<bool> edges;  // by line: whether the kernel tells them
};

Taken take_as_it_goes(const GpioChip& chip, const std::string& consumer,
                      const std::vector<GpioInputs::Line>& lines) {
    std::vector<bool> edges(lines.size(), true);
    try {
        return {take(chip, consumer, lines, edges), edges};
    } catch (const std::system_error& error) {
        if (!means_no_edges(error.code())) throw;
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
        edges[i] = tells_edges(chip, consumer, lines[i]);
    }
    return {take(chip, consumer, lines, edges), edges};
}

// Asio closes what it is given, and so does libgpiod.
int copy_of(int fd) {
    const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) throw std::system_error{errno, std::generic_category(), "GPIO line request"};
    return copy;
}

}  // namespace

class GpioInputs::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(boost::asio::io_context& loop, Taken taken, const std::vector<Line>& lines, Parts parts);
    void begin();
    void stop();
    void check();

    struct Input {
        std::uint32_t offset;
        bool edges;
        Debounce debounce;  // of no period where the kernel does it
    };
    std::vector<Input> inputs;
    std::size_t polled = 0;
    std::uint64_t gaps = 0;

private:
    void listen();
    void read_edges();
    void poll_later();
    void read_levels(bool edges_too);
    void take_level(std::size_t line, bool level);
    void give_up(const std::error_code& error);

    boost::asio::io_context& loop_;
    gpiod::line_request request_;
    Parts parts_;
    boost::asio::posix::stream_descriptor events_;
    boost::asio::steady_timer timer_;
    gpiod::edge_event_buffer buffer_{read_at_once};
    std::unordered_map<std::uint32_t, std::size_t> line_at_{};
    unsigned long last_number_ = 0;
    bool stopped_ = false;
};

GpioInputs::Impl::Impl(boost::asio::io_context& loop, Taken taken, const std::vector<Line>& lines,
                       Parts parts)
    : loop_{loop},
      request_{std::move(taken.request)},
      parts_{std::move(parts)},
      events_{loop, copy_of(request_.fd())},
      timer_{loop} {
    const gpiod::line::values levels = request_.get_values();
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const bool edges = taken.edges[i];
        inputs.push_back({lines[i].offset, edges,
                          Debounce{edges ? core::Milliseconds{0} : lines[i].spec.debounce,
                                   levels[i] == gpiod::line::value::ACTIVE}});
        line_at_[lines[i].offset] = i;
        if (!edges) ++polled;
    }
}

void GpioInputs::Impl::begin() {
    if (polled < inputs.size()) listen();
    if (polled > 0) poll_later();
}

void GpioInputs::Impl::stop() {
    if (std::exchange(stopped_, true)) return;
    boost::system::error_code ignored;
    events_.close(ignored);
    timer_.cancel();
    request_.release();
}

void GpioInputs::Impl::listen() {
    events_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [self = shared_from_this()](boost::system::error_code error) {
                           if (error || self->stopped_) return;
                           self->read_edges();
                           if (!self->stopped_) self->listen();
                       });
}

void GpioInputs::Impl::read_edges() {
    std::vector<std::optional<bool>> newest(inputs.size());
    bool gap = false;
    try {
        for (int i = 0; i < reads_in_a_row && request_.wait_edge_events(0ns); ++i) {
            request_.read_edge_events(buffer_);
            for (const gpiod::edge_event& event : buffer_) {
                gap = gap || event.global_seqno() != last_number_ + 1;
                last_number_ = event.global_seqno();
                newest[line_at_.at(event.line_offset())] =
                    event.type() == gpiod::edge_event::event_type::RISING_EDGE;
            }
        }
    } catch (const std::system_error& error) {
        give_up(error.code());
        return;
    }
    for (std::size_t i = 0; i < newest.size() && !stopped_; ++i) {
        if (newest[i]) take_level(i, *newest[i]);
    }
    if (!gap || stopped_) return;
    // The oldest were dropped: of some line the only one, perhaps.
    ++gaps;
    read_levels(true);
}

void GpioInputs::Impl::poll_later() {
    timer_.expires_after(poll_every);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (error || self->stopped_) return;
        self->read_levels(false);
        if (!self->stopped_) self->poll_later();
    });
}

void GpioInputs::Impl::read_levels(bool edges_too) {
    gpiod::line::offsets offsets;
    std::vector<std::size_t> lines;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (inputs[i].edges && !edges_too) continue;
        offsets.emplace_back(inputs[i].offset);
        lines.push_back(i);
    }
    if (lines.empty()) return;
    gpiod::line::values levels;
    try {
        levels = request_.get_values(offsets);
    } catch (const std::system_error& error) {
        give_up(error.code());
        return;
    }
    for (std::size_t i = 0; i < lines.size() && !stopped_; ++i) {
        take_level(lines[i], levels[i] == gpiod::line::value::ACTIVE);
    }
}

void GpioInputs::Impl::take_level(std::size_t line, bool level) {
    const auto settled = inputs[line].debounce.read(level, parts_.uptime());
    if (settled) parts_.listener.changed(line, *settled);
}

void GpioInputs::Impl::give_up(const std::error_code& error) {
    stop();
    parts_.listener.gone(error);
}

void GpioInputs::Impl::check() {
    boost::asio::post(loop_, [self = shared_from_this()] {
        if (!self->stopped_) self->read_levels(true);
    });
}

GpioInputs::GpioInputs(boost::asio::io_context& loop, const GpioChip& chip,
                       const std::vector<Line>& lines, Parts parts)
    : impl_{std::make_shared<Impl>(loop, take_as_it_goes(chip, parts.consumer, lines), lines,
                                   std::move(parts))} {
    impl_->begin();
}

GpioInputs::~GpioInputs() { impl_->stop(); }

bool GpioInputs::level(std::size_t line) const { return impl_->inputs.at(line).debounce.level(); }
void GpioInputs::check() { impl_->check(); }
std::size_t GpioInputs::polled() const { return impl_->polled; }
std::uint64_t GpioInputs::gaps() const { return impl_->gaps; }

}  // namespace lucheng::hal
