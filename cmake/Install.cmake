foreach(program cabinetd cabinetctl)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()
if(TARGET cabinet-lock-keeper)
  install(TARGETS cabinet-lock-keeper
    RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/cabinetd)
endif()

install(DIRECTORY web/kiosk/dist/ DESTINATION ${CMAKE_INSTALL_DATADIR}/cabinetd/kiosk)

install(FILES systemd/cabinetd.service DESTINATION lib/systemd/system)
install(FILES systemd/cabinetd.sysusers RENAME cabinetd.conf DESTINATION lib/sysusers.d)
install(FILES systemd/cabinetd.modules RENAME cabinetd.conf DESTINATION lib/modules-load.d)
install(FILES systemd/cabinetd.tmpfiles RENAME cabinetd.conf DESTINATION lib/tmpfiles.d)
install(FILES systemd/cabinetd.rules RENAME 60-cabinetd.rules DESTINATION lib/udev/rules.d)
# The screen's browser: its unit, its session, and what Chromium must not do.
install(FILES systemd/cabinet-screen.service DESTINATION lib/systemd/system)
install(FILES systemd/cabinet-screen.sysusers RENAME cabinet-screen.conf DESTINATION lib/sysusers.d)
install(FILES systemd/cabinet-screen.pam RENAME cabinet-screen DESTINATION /etc/pam.d)
install(FILES systemd/cabinet-screen.json DESTINATION /etc/chromium/policies/managed)
install(FILES systemd/cabinetd.toml.example systemd/mosquitto.conf
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/cabinetd/examples OPTIONAL)

foreach(section 1 5 8)
  file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/man/*.${section})
  install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
