#pragma once

#include <boost/asio.hpp>
#include <fmt/format.h>
#include <mutex>
#include <thread>

#include "pch_std.hpp"
