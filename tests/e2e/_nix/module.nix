# The options of deploy/nix/module.nix, and the units that settings of `atro.tailscale` make, with
# this machine's own paths in place of the store's.
settings:
let
  lib = import ./lib.nix;
  module = import ../../../deploy/nix/module.nix { inherit config lib pkgs; };
  tree = module.options.atro.tailscale;

  pkgs = {
    coreutils = "/usr";
    systemd = "/usr";
    runtimeShell = "/bin/sh";
    callPackage = _: _: { outPath = "/usr/local"; };
  };

  # What is set or the default, if it is of the option's type.
  valueOf =
    path: option: given:
    let
      value = if given == null then option.default else given;
    in
    if option.type.check value then value else throw "${path} is not of type ${option.type.name}";
  valuesOf =
    path: options: given:
    let
      unknown = removeAttrs given (builtins.attrNames options);
    in
    if unknown != { } then
      throw "there is no option ${path}.${builtins.head (builtins.attrNames unknown)}"
    else
      builtins.mapAttrs (
        name: option:
        if option._type or "" == "option" then
          valueOf "${path}.${name}" option (given.${name} or null)
        else
          valuesOf "${path}.${name}" option (given.${name} or { })
      ) options;
  config.atro.tailscale = valuesOf "atro.tailscale" tree settings;

  describe =
    options:
    builtins.mapAttrs (
      _: option:
      if option._type or "" == "option" then
        {
          type = option.type.name;
          default = if option ? defaultText then option.defaultText.text else option.default;
          description = option.description;
        }
      else
        describe option
    ) options;
in
{
  options = describe tree;
  inherit ((lib.settle module.config).systemd or { services = { }; timers = { }; tmpfiles = { }; })
    services
    timers
    tmpfiles
    ;
}
