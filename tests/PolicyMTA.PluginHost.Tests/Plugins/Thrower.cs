using System;
using PolicyMTA.Sdk;

[assembly: Plugin<Thrower.ThrowerPlugin>]

namespace Thrower;

public sealed class ThrowerPlugin : IPlugin
{
    public void Register(IPluginRegistry registry) => throw new OwnException();

    private sealed class OwnException() : Exception("register went wrong");
}
