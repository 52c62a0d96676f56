using System.Reflection;

#if V1
[assembly: AssemblyVersion("1.0.0.0")]
#else
[assembly: AssemblyVersion("2.0.0.0")]
#endif

namespace Companion;

public static class Words
{
    public static string Greeting => "from the companion";
}
