#include "hal/gpio_outputs.hpp"

#include <utility>

#include "hal/gpio_settings.hpp"

namespace lucheng::hal {

struct GpioOutputs::Request {
    gpiod::line_request lines;
    gpiod::line::offsets offsets;
};

GpioOutputs::GpioOutputs(const GpioChip& chip, const std::string& consumer,
                         const std::vector<Line>& lines) {
    auto builder = chip.handle->prepare_request();
    builder.set_consumer(consumer);
    gpiod::line::offsets offsets;
    for (const Line& line : lines) {
        offsets.emplace_back(line.offset);
        builder.add_line_settings(line.offset, gpiod::line_settings{}
                                                   .set_direction(gpiod::line::direction::OUTPUT)
                                                   .set_active_low(line.spec.active_low)
                                                   .set_bias(bias_of(line.spec.bias))
                                                   .set_drive(drive_of(line.spec.drive))
                                                   .set_output_value(value_of(line.active)));
    }
    request_ = std::make_unique<Request>(Request{builder.do_request(), std::move(offsets)});
}

GpioOutputs::~GpioOutputs() = default;

void GpioOutputs::set(std::size_t line, bool active) {
    request_->lines.set_value(request_->offsets.at(line), value_of(active));
}

void GpioOutputs::set_all_inactive() {
    request_->lines.set_values(
        gpiod::line::values(request_->offsets.size(), gpiod::line::value::INACTIVE));
}

void GpioOutputs::check() { (void)request_->lines.get_values(); }

int GpioOutputs::fd() const { return request_->lines.fd(); }

}  // namespace lucheng::hal
