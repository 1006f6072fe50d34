// Reads Kubernetes objects as JSON, one a line, and prints a line for each fault: a field that a
// custom resource's type does not have, or a pod that the restricted pod security standard refuses.
// The types are those of the Prometheus Operator and of Gateway API, the standard is Kubernetes' own
// admission.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringalpha "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
)

func main() {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks())
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var object meta.PartialObjectMetadata
		if err := json.Unmarshal(lines.Bytes(), &object); err != nil {
			fmt.Printf("cannot read an object: %v\n", err)
			continue
		}
		if fault := check(evaluator, object.GroupVersionKind().String(), lines.Bytes()); fault != nil {
			fmt.Printf("%s %s: %v\n", object.Kind, object.Name, fault)
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Println(err)
	}
}

func check(evaluator policy.Evaluator, kind string, object []byte) error {
	switch kind {
	case "monitoring.coreos.com/v1, Kind=ServiceMonitor":
		return decode(object, &monitoring.ServiceMonitor{})
	case "monitoring.coreos.com/v1, Kind=PodMonitor":
		return decode(object, &monitoring.PodMonitor{})
	case "monitoring.coreos.com/v1, Kind=PrometheusRule":
		return decode(object, &monitoring.PrometheusRule{})
	case "monitoring.coreos.com/v1alpha1, Kind=ScrapeConfig":
		return decode(object, &monitoringalpha.ScrapeConfig{})
	case "gateway.networking.k8s.io/v1, Kind=HTTPRoute":
		return decode(object, &gateway.HTTPRoute{})
	case "apps/v1, Kind=Deployment":
		var workload apps.Deployment
		return pod(evaluator, object, &workload, &workload.Spec.Template.ObjectMeta, &workload.Spec.Template.Spec)
	case "apps/v1, Kind=StatefulSet":
		var workload apps.StatefulSet
		return pod(evaluator, object, &workload, &workload.Spec.Template.ObjectMeta, &workload.Spec.Template.Spec)
	case "/v1, Kind=Pod":
		var alone core.Pod
		return pod(evaluator, object, &alone, &alone.ObjectMeta, &alone.Spec)
	}
	return nil
}

func decode(object []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

func pod(evaluator policy.Evaluator, object []byte, into any, metadata *meta.ObjectMeta, spec *core.PodSpec) error {
	if err := decode(object, into); err != nil {
		return err
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	result := policy.AggregateCheckResults(evaluator.EvaluatePod(restricted, metadata, spec))
	if result.Allowed {
		return nil
	}
	return fmt.Errorf("not restricted: %s", result.ForbiddenDetail())
}
