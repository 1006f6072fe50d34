# A host of a tailnet: pages for the textfile collector, paths kept open, paths mended. The services
# are those of ../systemd, sandbox included; a test holds them against each other.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib)
    mkEnableOption
    mkIf
    mkMerge
    mkOption
    types
    ;

  cfg = config.atro.tailscale;
  program = "${cfg.package}/bin/tsmetrics-host";
  socket = "/var/run/tailscale/tailscaled.sock";

  sandbox = {
    NoNewPrivileges = true;
    CapabilityBoundingSet = "";
    AmbientCapabilities = "";
    ProtectSystem = "strict";
    ProtectHome = true;
    PrivateTmp = true;
    PrivateDevices = true;
    DevicePolicy = "closed";
    PrivateUsers = true;
    PrivateIPC = true;
    ProtectHostname = true;
    ProtectClock = true;
    ProtectKernelTunables = true;
    ProtectKernelModules = true;
    ProtectKernelLogs = true;
    ProtectControlGroups = true;
    ProtectProc = "invisible";
    ProcSubset = "pid";
    RestrictNamespaces = true;
    RestrictRealtime = true;
    RestrictSUIDSGID = true;
    LockPersonality = true;
    RemoveIPC = true;
    KeyringMode = "private";
    SystemCallArchitectures = "native";
    SystemCallFilter = [
      "@system-service"
      "~@privileged @resources"
    ];
    SystemCallErrorNumber = "EPERM";
    UMask = "0077";
    LimitCORE = 0;
    MemoryMax = "512M";
  };

  # Only tailscaled's socket.
  offline = sandbox // {
    PrivateNetwork = true;
    RestrictAddressFamilies = "AF_UNIX";
    IPAddressDeny = "any";
  };

  install = "+${pkgs.coreutils}/bin/install -T -m 0644";
  mv = "+${pkgs.coreutils}/bin/mv -f -T";
  rm = "+${pkgs.coreutils}/bin/rm -f";
  sh = script: "+${pkgs.runtimeShell} -c '${script}'";

  # A page: beside its place first, for only a rename within a directory is one step, and away with
  # it when it could not be made. "truncate:" would empty it for each command after the one that
  # wrote it.
  page =
    collector: metricsPath:
    let
      made = "%t/tsmetrics-${collector}.prom";
      beside = "${dirOf metricsPath}/.${baseNameOf metricsPath}.new";
    in
    {
      Type = "oneshot";
      StandardOutput = "file:${made}";
      StandardError = "journal";
      ExecStartPre = "${rm} ${made}";
      ExecStart = "${program} once --collect ${collector}";
      ExecStartPost = [
        "${install} ${made} ${beside}"
        "${mv} ${beside} ${metricsPath}"
      ];
      ExecStopPost = [
        (sh ''test "$$SERVICE_RESULT" = success || ${pkgs.coreutils}/bin/rm -f -- ${metricsPath}'')
        "${rm} ${made}"
      ];
    };

  pageUnits = name: description: collector: options: {
    systemd.services.${name} = {
      inherit description;
      after = [ "tailscaled.service" ];
      startLimitIntervalSec = 0;
      environment.LOCALAPI_SOCKET = socket;
      serviceConfig =
        offline
        // page collector options.metricsPath
        // {
          DynamicUser = true;
          TimeoutStartSec = "30s";
        };
    };
    systemd.timers.${name} = timer description options.interval;
    systemd.tmpfiles.rules = [ "d ${dirOf options.metricsPath} 0755 - - -" ];
  };

  timer = description: interval: {
    inherit description;
    wantedBy = [ "timers.target" ];
    timerConfig = {
      OnBootSec = interval;
      OnUnitActiveSec = interval;
      AccuracySec = "1s";
    };
  };

  mkInterval =
    default: description:
    mkOption {
      type = types.str;
      inherit default description;
      example = "20s";
    };

  # What systemd and the program both take, from a second to an hour.
  duration = "([1-9][0-9]{0,2}|[12][0-9]{3}|3[0-5][0-9]{2}|3600)s|([1-9]|[1-5][0-9]|60)(m|min)|1h";

  mkDuration =
    default: description:
    mkOption {
      type = types.strMatching duration;
      inherit default;
      description = "${description}: 1 to 3600 `s`, 1 to 60 `min`, or `1h`.";
      example = "20s";
    };

  # The program has "m" for minutes only.
  toProgram = builtins.replaceStrings [ "min" ] [ "m" ];

  mkMetricsPath =
    collector:
    mkOption {
      type = types.strMatching "/[A-Za-z0-9._/@+-]+\\.prom";
      default = "/var/lib/alloy/tailscale-${collector}.prom";
      description = ''
        Where the page is written, for the textfile collector of Alloy or node_exporter, which reads
        files whose names end in `.prom` only. The directory is made if it is not there.
      '';
    };
in
{
  options.atro.tailscale = {
    package = mkOption {
      type = types.package;
      default = pkgs.callPackage ./package.nix { };
      defaultText = lib.literalExpression "pkgs.callPackage ./package.nix { }";
      description = "The package with `tsmetrics-host`.";
    };

    exporter = {
      enable = mkEnableOption "a page about each peer of this host: online, path, traffic, handshake";
      interval = mkInterval "30s" "How often the page is made, as systemd writes time spans.";
      metricsPath = mkMetricsPath "peers";
    };

    native-metrics = {
      enable = mkEnableOption "a page of the metrics that this host's tailscaled keeps itself";
      interval = mkInterval "15s" "How often the page is made, as systemd writes time spans.";
      metricsPath = mkMetricsPath "native";
    };

    keepalive = {
      enable = mkEnableOption "pings to all online peers, which keep the paths to them open";
      interval = mkDuration "10s" "How often each peer is pinged";
    };

    watchdog = {
      enable = mkEnableOption ''
        the watchdog, which mends paths that hang on a relay, and restarts tailscaled when nothing
        milder helps'';
      interval = mkDuration "1min" "How often the peers are looked at";
      maxRelaySeconds = mkOption {
        type = types.ints.between 1 86400;
        default = 600;
        description = "Seconds that a peer may hang on a relay before tailscaled is restarted.";
      };
      metricsPath = mkMetricsPath "watchdog";
    };
  };

  config = mkMerge [
    (mkIf cfg.exporter.enable (
      pageUnits "tailscale-exporter" "Tailscale metrics for the textfile collector: peers" "peers"
        cfg.exporter
    ))

    (mkIf cfg.native-metrics.enable (
      pageUnits "tailscale-native-metrics" "Tailscale metrics for the textfile collector: native" "native"
        cfg.native-metrics
    ))

    (mkIf cfg.keepalive.enable {
      systemd.services.tailscale-keepalive = {
        description = "Keeps the paths to a host's Tailscale peers open";
        after = [ "tailscaled.service" ];
        wantedBy = [ "multi-user.target" ];
        startLimitIntervalSec = 0;
        environment = {
          LOCALAPI_SOCKET = socket;
          KEEPALIVE = "on";
          KEEPALIVE_INTERVAL = toProgram cfg.keepalive.interval;
          BIND_HOST = "127.0.0.1";
          PORT = "9102";
          MALLOC_MMAP_THRESHOLD_ = "262144";
          MALLOC_ARENA_MAX = "1";
        };
        serviceConfig = sandbox // {
          Type = "exec";
          DynamicUser = true;
          ExecStart = "${program} serve";
          Restart = "on-failure";
          RestartSec = "5s";
          RestartPreventExitStatus = 2;
          Nice = 19;
          IOSchedulingClass = "idle";
          CPUWeight = 10;
          RestrictAddressFamilies = "AF_INET AF_INET6 AF_UNIX";
          IPAddressDeny = "any";
          IPAddressAllow = "localhost";
        };
      };
    })

    (mkIf cfg.watchdog.enable (
      let
        written = page "watchdog" cfg.watchdog.metricsPath;
      in
      {
        systemd.services.tailscale-watchdog = {
          description = "Mends a host's Tailscale paths that hang on a relay";
          after = [ "tailscaled.service" ];
          startLimitIntervalSec = 0;
          environment = {
            LOCALAPI_SOCKET = socket;
            WATCHDOG = "heal";
            # The timer's: cooldown and limits go by it.
            WATCHDOG_INTERVAL = toProgram cfg.watchdog.interval;
            LOG_FORMAT = "journal";
            WATCHDOG_THRESHOLD = "${toString cfg.watchdog.maxRelaySeconds}s";
            XDG_DATA_HOME = "%S/tailscale-watchdog";
          };
          serviceConfig =
            offline
            // written
            // {
              SyslogIdentifier = "tailscale-watchdog";
              User = "root";
              StateDirectory = "tailscale-watchdog";
              SuccessExitStatus = 75;
              # 75 is how the program asks for what it may not do itself.
              ExecStopPost = [
                (sh ''test "$$EXIT_STATUS" != 75 || ${pkgs.systemd}/bin/systemctl try-restart --no-block tailscaled.service'')
              ]
              ++ written.ExecStopPost;
              TimeoutStartSec = "5min";
            };
        };
        systemd.timers.tailscale-watchdog =
          timer "Looks for a host's Tailscale paths that hang on a relay" cfg.watchdog.interval;
        systemd.tmpfiles.rules = [ "d ${dirOf cfg.watchdog.metricsPath} 0755 - - -" ];
      }
    ))
  ];
}
