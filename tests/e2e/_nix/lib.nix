# What deploy/nix uses of nixpkgs' lib, so that it can be evaluated where nixpkgs is not: the names
# and meanings are those of nixpkgs, the rest of nixpkgs' module system is not here.
rec {
  mkOption = option: option // { _type = "option"; };
  mkEnableOption =
    name:
    mkOption {
      type = types.bool;
      default = false;
      description = "Whether to enable ${name}.";
    };
  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  literalExpression = text: { inherit text; };

  types = {
    bool = {
      name = "bool";
      check = builtins.isBool;
    };
    int = {
      name = "int";
      check = builtins.isInt;
    };
    ints.between = least: most: {
      name = "intBetween";
      check = value: builtins.isInt value && value >= least && value <= most;
    };
    str = {
      name = "str";
      check = builtins.isString;
    };
    package = {
      name = "package";
      check = value: value ? outPath;
    };
    strMatching = pattern: {
      name = "strMatching";
      check = value: builtins.isString value && builtins.match pattern value != null;
    };
  };

  versionAtLeast = version: least: builtins.compareVersions version least >= 0;
  assertMsg = condition: message: if condition then true else throw message;
  genAttrs =
    names: value:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = value name;
      }) names
    );
  licenses.mit.spdxId = "MIT";
  platforms.linux = [ "x86_64-linux" ];
  fileset = {
    unions = paths: paths;
    toSource = { root, fileset }: { inherit root fileset; };
  };

  # Every definition of a module's config that is switched on, as one set.
  settle =
    value:
    if !(builtins.isAttrs value) then
      value
    else if value._type or "" == "if" then
      (if value.condition then settle value.content else { })
    else if value._type or "" == "merge" then
      builtins.foldl' merge { } (map settle value.contents)
    else
      builtins.mapAttrs (_: settle) value;

  # Sets are merged, lists joined; two other values must be the same.
  merge =
    left: right:
    left
    // builtins.mapAttrs (
      name: value:
      if !(left ? ${name}) then
        value
      else if builtins.isAttrs value then
        merge left.${name} value
      else if builtins.isList value then
        left.${name} ++ value
      else if left.${name} == value then
        value
      else
        throw "${name} is defined twice"
    ) right;
}
